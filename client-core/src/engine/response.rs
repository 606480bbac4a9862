//! The response to a GET: its packets are handled one by one, as one input.

use super::polling::Request;
use super::{Engine, EngineEvent, State};
use crate::cx::Cx;
use crate::engine_version::EngineVersion;
use crate::error::{OpenError, Reason};
use crate::output::{Link, Outbox};
use crate::payload::Payload;
use crate::wire::received::Received;

impl<P: Payload> Engine<P> {
    /// Begins the response to a request. Returns whether its packets are to be handled.
    pub(crate) fn begin_response(&mut self, link: Link, out: &mut Outbox<P>) -> bool {
        self.closing.ended(link, true, out);
        let awaited = match &mut self.state {
            _ if self.closing.awaits(link) => true,
            State::Closed => false,
            State::Opening(opening) => opening.link == link,
            State::Open(session) => {
                let ended = session
                    .carrier
                    .polling()
                    .and_then(|polling| polling.ended(link));
                ended == Some(Request::Get)
            }
        };
        self.response = awaited.then_some(link);
        awaited
    }

    /// Handles one packet of the response; `None` is a packet that cannot be read.
    pub(crate) fn handle_polled_packet<'a>(
        &mut self,
        body_version: EngineVersion,
        packet: Option<Received<'a, P>>,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'a, P>> {
        let link = self.response?;
        if self.closing.awaits(link) {
            self.closing
                .take_handshake(link, body_version, packet, cx.out);
            self.response = None;
            return None;
        }
        match (&self.state, packet) {
            (State::Opening(_), Some(packet)) => {
                self.handle_handshake(Some(body_version), packet, cx)
            }
            (State::Open(_), Some(packet)) => self.take_packet(packet, cx),
            (State::Open(_), None) => Some(self.fail(Reason::TransportError, cx.out)),
            _ => None,
        }
    }

    /// Returns whether the rest of the response is still to be handled.
    pub(crate) fn is_reading_response(&self) -> bool {
        self.response.is_some()
    }

    /// Ends the response. One without a handshake does not open a session.
    pub(crate) fn end_response(
        &mut self,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'static, P>> {
        let link = self.response.take()?;
        self.closing.ended(link, false, cx.out);
        match &self.state {
            State::Opening(opening) if opening.link == link => {
                self.fail_opening(OpenError::Handshake, 0, cx)
            }
            _ => None,
        }
    }
}
