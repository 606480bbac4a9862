//! The direct lane: events and acks past the machine, by a host that reads and writes them itself.
//!
//! A new queue or state of the machine that a packet could overtake, or that a packet changes, must close the lane in
//! [`Client::direct`].

use alloc::sync::Arc;

use super::Client;
use crate::error::Misuse;
use crate::output::{AckId, Link, Nsp, Reply};
use crate::payload::Payload;
use crate::time::{Millis, Time};

impl<P: Payload> Client<P> {
    /// Returns the link whose events and acks the host may read past the machine, and write if it is a WebSocket.
    ///
    /// This is the direct lane, for a host to which a call of the machine costs more than an event: the npm package, whose
    /// machine is on the other side of WebAssembly. (A host in Rust has [`take_event`](Client::take_event), which reads the
    /// header for it.) The link is the WebSocket or the GET of an open session whose version is known, while no packet waits for
    /// attachments and every output has been polled. Ask when [`poll`](Client::poll) has returned `None`: it is true until the
    /// next input, and until [`next_timeout`](Client::next_timeout). The rules:
    ///
    /// * The host may read events and acks of connected namespaces, in the form that every server writes: `42[`, `42/name,[`,
    ///   `42<id>[`, `43<id>[`, and `45<n>-` and `46<n>-` with their attachments. It checks what the machine would: names, limits,
    ///   JSON. Every other packet is for the machine, also one that breaks a rule.
    /// * Packets keep their order. The packets of one GET are one input: if the host has read the first ones, the machine gets
    ///   the others. If the host holds a header that waits for attachments, it gives all of them to the machine before any other
    ///   packet.
    /// * The host may write events and acks of connected namespaces, unless they are volatile or have retries.
    /// * With another parser than the default one, events and acks may pass if their ids, namespaces and offsets are as they
    ///   would be in that form, and if a frame has no other packet.
    /// * The machine must know what [`expect`](Client::expect), [`answered`](Client::answered) and
    ///   [`note_event`](Client::note_event) tell. These are no inputs: the lane stays open.
    pub fn direct(&self) -> Option<Link> {
        let is_idle = self.lower.out.is_empty() && self.decoder.expects_text();
        self.lower.engine.direct().filter(|_| is_idle)
    }

    /// Awaits the ack of an event that the host writes itself, within `limit`. Returns the id to write.
    ///
    /// [`Event::AckLost`](crate::Event::AckLost) may follow, as after [`emit`](Client::emit).
    ///
    /// # Errors
    /// [`Misuse::TooManyAcks`].
    pub fn expect(&mut self, now: Time, nsp: Nsp, limit: Option<Millis>) -> Result<AckId, Misuse> {
        self.tick(now);
        let (namespaces, cx) = self.namespaces(now);
        namespaces.get_mut(nsp).emits.expect(limit, &cx)
    }

    /// Takes an ack that the host has read itself. Returns whether it was awaited.
    ///
    /// If not, it may settle an event with retries: ask [`answered_retried`](Client::answered_retried), or give its packet to
    /// [`handle_packet`](Client::handle_packet).
    pub fn answered(&mut self, nsp: Nsp, ack: AckId) -> bool {
        self.namespaces.get_mut(nsp).emits.answered(ack)
    }

    /// Takes the ack of an event with retries that the host has read itself. Returns whether it was awaited.
    ///
    /// This is an input: the next event with retries may be sent now. Poll before the application hears of the ack.
    pub fn answered_retried(&mut self, now: Time, nsp: Nsp, ack: AckId) -> bool {
        self.tick(now);
        let (namespaces, mut cx) = self.namespaces(now);
        let emits = &mut namespaces.get_mut(nsp).emits;
        let is_awaited = emits.settle(ack);
        if is_awaited {
            emits.fill_window(&mut cx);
        }
        is_awaited
    }

    /// Notes an event that the host has read itself; `offset` is its last argument, if that is a string.
    ///
    /// A server of Engine.IO 3 is alive while it sends packets: note each, attachments and acks too, before the next input, with
    /// the time at which it came. A later server is alive while it pings. If [`Client::recovers`], the offset of the last event
    /// must be noted before the next packet or [`authorize`](Client::authorize).
    pub fn note_event(&mut self, now: Time, nsp: Nsp, offset: Option<Arc<str>>) {
        self.lower.engine.note_message(now);
        self.namespaces
            .get_mut(nsp)
            .take_plain_event(None, || offset);
    }

    /// Returns the token for the ack of an event that the host has read itself, while its namespace stays connected.
    pub fn reply_to(&self, nsp: Nsp, id: AckId) -> Option<Reply> {
        self.namespaces.get(nsp).map(|socket| socket.reply_to(id))
    }
}
