//! Events from the engine: its frames are decoded into packets for the namespaces.

use super::Client;
use crate::engine::EngineEvent;
use crate::engine_version::EngineVersion;
use crate::error::Reason;
use crate::namespace::DecodedPacket;
use crate::output::Event;
use crate::payload::Payload;
use crate::time::Time;
use crate::wire::head::{Malformed, PacketType};
use crate::wire::received::ReceivedPacket;

impl<P: Payload> Client<P> {
    pub(super) fn handle_engine_event(&mut self, now: Time, event: Option<EngineEvent<'_, P>>) {
        match event {
            None => {}
            Some(EngineEvent::Opened) => {
                self.reconnect.opened(now);
                self.lower.out.event(Event::Opened);
                self.begin(now);
            }
            Some(EngineEvent::VersionKnown) => self.begin(now),
            Some(EngineEvent::Upgraded) => self.lower.out.event(Event::Upgraded),
            Some(EngineEvent::UpgradeFailed(link)) => {
                self.lower.out.event(Event::UpgradeFailed { link });
            }
            Some(EngineEvent::OpenFailed(error)) => self.open_failed(now, error),
            Some(EngineEvent::Closed(reason)) => self.closed(now, reason),
            Some(EngineEvent::Packet(packet)) => {
                let result = self.take_text(now, packet);
                self.fail_if_malformed(now, result);
            }
            Some(EngineEvent::Binary(payload)) => {
                let result = self.take_attachment(now, payload);
                self.fail_if_malformed(now, result);
            }
        }
    }

    fn take_text(
        &mut self,
        now: Time,
        read: Result<ReceivedPacket<'_, P>, Malformed>,
    ) -> Result<(), Malformed> {
        if !self.decoder.expects_text() {
            return Err(Malformed::TextForBinary);
        }
        self.detect_version(now, &read);
        // A version that was unknown has just become known: only a 2.x server sends first.
        let version = self.engine_version().unwrap_or(EngineVersion::Eio3);
        let packet = match read {
            Err(Malformed::UnknownType) if version.ignores_unknown_packets() => return Ok(()),
            read => read?,
        };
        let packet = self
            .decoder
            .text(packet, version, &self.config, &self.namespaces)?;
        self.handle_decoded(now, packet)
    }

    fn take_attachment(&mut self, now: Time, payload: P) -> Result<(), Malformed> {
        let packet = self.decoder.binary(payload, &self.config)?;
        self.handle_decoded(now, packet)
    }

    /// Closes the connection if a packet was malformed.
    pub(super) fn fail_if_malformed(&mut self, now: Time, result: Result<(), Malformed>) {
        if let Err(malformed) = result {
            self.lower.out.event(Event::Malformed(malformed));
            self.lower.engine.close(now, &mut self.lower.out);
            // A server that restores the session would send the same packet again, at every connection.
            self.namespaces.forget_recovery();
            self.closed(now, Reason::ParseError);
        }
        self.close_if_unused(now);
    }

    fn handle_decoded(
        &mut self,
        now: Time,
        packet: Option<DecodedPacket<P>>,
    ) -> Result<(), Malformed> {
        let (Some(packet), Some(session)) = (packet, self.session()) else {
            return Ok(());
        };
        let (namespaces, mut cx) = self.namespaces(now);
        namespaces.handle(packet, &session, &mut cx)
    }

    /// Looks for evidence of the server's version in a packet.
    ///
    /// A 2.x server sends before the client does, and its CONNECT for `/` has no payload. The CONNECT of a later server has
    /// the id in it.
    fn detect_version(&mut self, now: Time, read: &Result<ReceivedPacket<'_, P>, Malformed>) {
        let unasked = self.lower.engine.is_open() && self.engine_version().is_none();
        let version = match read {
            _ if unasked => EngineVersion::Eio3,
            Ok(packet) if packet.kind != PacketType::Connect => return,
            Ok(packet) if packet.payload.is_some() => EngineVersion::Eio4,
            Ok(packet) if packet.namespace == "/" => EngineVersion::Eio3,
            _ => return,
        };
        if self.lower.engine.observe(version) {
            self.begin(now);
        }
    }
}
