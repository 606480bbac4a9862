//! The fast lane for the packet that servers send most: a plain event.
//!
//! It takes a text frame that is all of this: `42[…`, `42/name,[…`, or either with an ack id before the bracket; on the WebSocket
//! of an open session whose version is known; for a namespace that is connected, by its exact name; while no packet waits for
//! attachments and every output has been polled. Such a frame changes the heartbeat and the offset for recovery, and becomes one
//! event: it needs no decoded packet and no queue.
//!
//! It leaves everything else to [`Client::handle_packet`], which is the judge of what it means: a header written in another
//! way that the official parsers allow, a header that is cut off, a reserved name, a packet over the limit, any fault.

use alloc::vec::Vec;

use super::Client;
use crate::output::{AckId, Incoming, Link, Nsp, Reply};
use crate::payload::{Frame, FrameKind, Payload};
use crate::time::Time;
use crate::wire::head::{PacketType, check_payload};
use crate::wire::json;
use crate::wire::received::MIN_SHOWN;

/// More digits could exceed an id's range, which the parser of headers knows.
const MAX_ID_DIGITS: usize = 15;

/// How much of a cut payload must be shown: the decoder's minimum, and what a cut character may take from it.
const SHOWN: usize = MIN_SHOWN + 3;

/// A header of the form that the fast lane takes.
struct PlainHeader<'a> {
    namespace: &'a [u8],
    ack: Option<AckId>,
    /// The length of the header. A payload follows it.
    len: usize,
}

impl<P: Payload> Client<P> {
    /// Takes a packet from the WebSocket of `link` if it is a plain event of a connected namespace: the application gets it, as
    /// from [`Event::Message`](crate::Event::Message).
    ///
    /// This does what [`handle_packet`](Client::handle_packet) and [`poll`](Client::poll) do, for less, and leaves the same
    /// machine. It keeps nothing of the payload, which may have another type than those that the machine keeps.
    ///
    /// # Errors
    /// Returns a packet of any other kind: give it to `handle_packet`. Nothing has happened but that time has passed.
    pub fn take_event<'a, Q: Payload>(
        &mut self,
        now: Time,
        link: Link,
        frame: Frame<'a, Q>,
    ) -> Result<Incoming<Q>, Frame<'a, Q>> {
        match self.plain_event(now, link, &frame) {
            Some((nsp, header, reply)) => Ok(Incoming {
                nsp,
                payload: Some(frame.payload.strip_head(header)),
                attachments: Vec::new(),
                reply,
            }),
            None => Err(frame),
        }
    }

    /// Returns the namespace of a plain event, its header, and the token for its ack.
    fn plain_event<'a, Q: Payload>(
        &mut self,
        now: Time,
        link: Link,
        frame: &Frame<'a, Q>,
    ) -> Option<(Nsp, &'a [u8], Option<Reply>)> {
        if frame.kind != FrameKind::Text {
            return None;
        }
        let plain = PlainHeader::read(frame.head)?;
        let (header, payload) = frame.head.split_at(plain.len);
        let size = frame.payload.size();
        let is_cut = size > frame.head.len() && payload.len() < SHOWN;
        if is_cut || size - plain.len > self.config.max_packet_bytes {
            return None;
        }
        self.tick(now);
        if !self.lower.out.is_empty() || !self.decoder.expects_text() {
            return None;
        }
        let version = self.lower.engine.version_over(link)?;
        check_payload(version, PacketType::Event, payload).ok()?;
        let socket = self.namespaces.connected(plain.namespace)?;
        let reply =
            socket.take_plain_event(plain.ack, || json::last_string(frame.tail).map(Into::into));
        let nsp = socket.nsp;
        self.lower.engine.note_message(now);
        Some((nsp, header, reply))
    }
}

impl PlainHeader<'_> {
    fn read(head: &[u8]) -> Option<PlainHeader<'_>> {
        let rest = head.strip_prefix(b"42")?;
        let (namespace, rest) = match rest.first()? {
            b'/' => {
                let comma = rest.iter().position(|byte| *byte == b',')?;
                (rest.get(..comma)?, rest.get(comma + 1..)?)
            }
            _ => (&b"/"[..], rest),
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (id, payload) = rest.split_at(digits);
        // `check_payload` accepts an event without a payload.
        if digits > MAX_ID_DIGITS || payload.is_empty() {
            return None;
        }
        Some(PlainHeader {
            namespace,
            ack: (digits > 0).then(|| AckId::from_number(number(id))),
            len: head.len() - payload.len(),
        })
    }
}

fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}
