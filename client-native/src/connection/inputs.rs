//! The driver's handling of input: frames of the full-duplex links, and responses to requests.

use std::task::{Context, Poll};

use bytes::Bytes;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{EngineVersion, Frame, Hint, Link, Lost, Payload};

use super::driver::Driver;
use super::duplex::DuplexEvent;
use super::requests::Response;
use crate::error::TransportError;
use crate::frame;
use crate::host::time::since;
use crate::polling_body;
use crate::received::Received;
use crate::text::Text;

/// Frames taken in one turn, before their events are delivered and other tasks get their turn.
const BUDGET: usize = 64;

/// Bytes of frames taken in one turn, not counting the last frame: until they reach the inboxes, no limit covers them.
const BUDGET_BYTES: usize = 256 << 10;

/// Engine.IO's answer to a ping.
const PONG: &[u8] = b"3";

impl Driver {
    /// Takes frames and responses, if it may read. Returns whether there may be more.
    pub(super) fn take_frames(&mut self, cx: &mut Context<'_>) -> bool {
        // One check is enough: events of this turn reach the listeners at its end.
        if !self.may_read(cx) {
            return false;
        }
        let mut bytes = 0;
        for _ in 0..BUDGET {
            let response = self.poll_requests(cx);
            let event = self.links.poll_event(cx);
            if response.is_pending() && event.is_pending() {
                return false;
            }
            if let Poll::Ready((link, outcome)) = response {
                bytes += self.note_read(outcome.as_ref().map_or(0, Response::size));
                self.handle_response(link, outcome);
            }
            if let Poll::Ready(event) = event {
                bytes += self.note_read(event.size());
                self.handle_duplex_event(event);
            }
            if bytes >= BUDGET_BYTES {
                break;
            }
        }
        true
    }

    fn note_read(&mut self, size: usize) -> usize {
        self.read = self.read.wrapping_add(size);
        size
    }

    fn poll_requests(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<(Link, Result<Response, TransportError>)> {
        match &mut self.requests {
            Some(requests) => requests.poll_ended(cx),
            None => Poll::Pending,
        }
    }

    fn handle_response(&mut self, link: Link, outcome: Result<Response, TransportError>) {
        match outcome {
            Ok(Response::Packets(body, known)) => {
                if self.opens_by(link) && body.contradicts(known) {
                    self.failures.note_refusal(|| TransportError::WrongVersion);
                }
                let version = body.version(known);
                let packets = body.frames(version);
                self.note_pong(|| packets.iter().flatten().any(|(packet, _)| packet == PONG));
                let frames = packets
                    .iter()
                    .map(|packet| packet.as_ref().map(polling_body::frame).map_err(|bad| *bad));
                self.machine
                    .handle_response(self.now, link, version, frames);
            }
            Ok(Response::Posted) => {
                // A response to a POST has no packets, so its version does not matter.
                let version = EngineVersion::Eio4;
                let none: [Result<Frame<'_, _>, BadPacket>; 0] = [];
                self.machine.handle_response(self.now, link, version, none);
            }
            Err(error) => {
                let lost = error.lost();
                self.handle_error(link, error, lost);
            }
        }
        self.take_outputs();
    }

    pub(super) fn handle_duplex_event(&mut self, event: DuplexEvent) {
        match event {
            DuplexEvent::Opened(link) => self.machine.handle_opened(self.now, link),
            DuplexEvent::OpenFailed(link, error) => {
                let lost = match self.machine.last_engine_version() {
                    None => error.lost_in_first_opening(),
                    Some(_) => error.lost(),
                };
                self.handle_error(link, error, lost);
            }
            DuplexEvent::Received(link, Received::Text(text)) => {
                let Some(text) = self.take_plain_event(link, text) else {
                    // It leaves no output.
                    return;
                };
                let (text, packet) = (Bytes::from(text.clone()), text);
                let packet = packet.as_str().as_bytes();
                self.note_pong(|| packet == PONG);
                let frame = frame::text(packet, text);
                self.machine.handle_packet(self.now, link, frame);
            }
            DuplexEvent::Received(link, Received::Binary(bytes)) => {
                let packet = bytes.clone();
                let frame = frame::binary(&packet, bytes);
                self.machine.handle_packet(self.now, link, frame);
            }
            DuplexEvent::Received(link, Received::Closed(error)) => {
                self.failures.set_last(error);
                self.handle_lost(link, Lost::Closed);
            }
            DuplexEvent::Received(link, Received::Broken(error)) => {
                tracing::debug!(target: "tidewire", "the connection broke: {error}");
                let lost = error.lost();
                self.handle_error(link, error, lost);
            }
        }
        // After each frame, while outputs are few: the machine's queue keeps its largest size.
        self.take_outputs();
    }

    /// Measures the round trip of a ping, if one has no answer yet and this is a pong.
    fn note_pong(&mut self, is_pong: impl FnOnce() -> bool) {
        if let Some(sent) = self.pinged.take_if(|_| is_pong()) {
            self.state().meter.set_round_trip(since(sent));
        }
    }

    /// Takes most events, by the machine's fast lane. Returns a text that is anything else.
    fn take_plain_event(&mut self, link: Link, text: Text) -> Option<Text> {
        let packet = text.as_str().as_bytes();
        let frame = frame::text(packet, text.view());
        let Ok(event) = self.machine.take_event(self.now, link, frame) else {
            return Some(text);
        };
        let (nsp, reply) = (event.nsp, event.reply);
        if let Some(payload) = event.payload {
            let size = payload.size();
            self.on_message(nsp, text.last(size), Vec::new(), reply);
        }
        None
    }

    fn handle_error(&mut self, link: Link, error: TransportError, lost: Lost) {
        if lost == Lost::Refused && self.opens_by(link) {
            self.failures.note_refusal(|| error.clone());
        }
        self.failures.set_last(error);
        self.handle_lost(link, lost);
    }

    /// Whether this link opens a session: it is none of an open session, of its upgrade, or of one that is closing.
    fn opens_by(&self, link: Link) -> bool {
        let attempt = self.attempt.as_ref();
        attempt.is_some_and(|attempt| attempt.opens_by(link))
    }

    fn handle_lost(&mut self, link: Link, lost: Lost) {
        self.machine.handle_lost(self.now, link, lost);
        if self.resumption.explains_loss(self.now) {
            self.machine.handle_hint(self.now, Hint::Foreground);
        }
    }
}
