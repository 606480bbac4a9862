//! An open Engine.IO session: its carrier, its heartbeat, and the detection of the server's version.

use alloc::sync::Arc;

use super::carrier::Carrier;
use super::detection::Detection;
use super::event::EngineEvent;
use super::heartbeat::{Heartbeat, HeartbeatAction, Intervals};
use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::error::Reason;
use crate::output::{Outbox, Packet};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;
use crate::wire::received::Received;

#[derive(Debug)]
pub(crate) struct Session<P> {
    pub(crate) sid: Arc<str>,
    pub(crate) carrier: Carrier<P>,
    intervals: Intervals,
    opened_at: Time,
    detection: Detection,
    heartbeat: Heartbeat,
}

impl<P: Payload> Session<P> {
    pub(crate) fn new(
        carrier: Carrier<P>,
        handshake: &Handshake,
        detection: Detection,
        config: &Config,
        now: Time,
    ) -> Self {
        let intervals = Intervals::new(handshake, config);
        let version = detection.engine_version().unwrap_or(EngineVersion::Eio4);
        Session {
            sid: handshake.sid.clone(),
            carrier,
            heartbeat: Heartbeat::start(version, intervals, now),
            intervals,
            opened_at: now,
            detection,
        }
    }

    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        self.detection.engine_version()
    }

    pub(crate) fn ping_interval(&self) -> Millis {
        self.intervals.server()
    }

    /// Handles a packet. Returns an event for the layer above, or the reason why the session ends.
    pub(crate) fn take_packet<'a>(
        &mut self,
        now: Time,
        packet: Received<'a, P>,
        out: &mut Outbox<P>,
    ) -> Result<Option<EngineEvent<'a, P>>, Reason> {
        let kind = self.engine_type(&packet).ok_or(Reason::TransportError)?;
        // Only a 4.x server pings.
        let version_changed = kind == EngineType::Ping && self.observe(EngineVersion::Eio4);
        self.heartbeat.on_packet(kind, now);
        match kind {
            EngineType::Message => Ok(self.message(packet)),
            EngineType::Ping if self.engine_version() == Some(EngineVersion::Eio4) => {
                self.carrier.send(Packet::Engine(EngineType::Pong), out);
                Ok(version_changed.then_some(EngineEvent::VersionKnown))
            }
            // On a WebSocket its close frame counts, and the reference ignores the packet there, too.
            EngineType::Close if self.carrier.polling().is_some() => Err(Reason::TransportClose),
            _ => Ok(None),
        }
    }

    pub(crate) fn note_message(&mut self, now: Time) {
        self.heartbeat.on_packet(EngineType::Message, now);
    }

    fn engine_type(&self, packet: &Received<'_, P>) -> Option<EngineType> {
        Some(match packet {
            Received::Open(_) => EngineType::Open,
            Received::ProbeAnswer => EngineType::Pong,
            Received::Engine(kind) => *kind,
            Received::Packet(_) => EngineType::Message,
            Received::Binary { first, .. } if self.types_binary() => EngineType::of_binary(*first),
            Received::Binary { .. } => EngineType::Message,
            Received::Unknown => return None,
        })
    }

    fn types_binary(&self) -> bool {
        self.engine_version()
            .is_some_and(EngineVersion::types_binary_frames)
    }

    /// Returns a message for the layer above.
    fn message<'a>(&self, packet: Received<'a, P>) -> Option<EngineEvent<'a, P>> {
        match packet {
            Received::Packet(read) => Some(EngineEvent::Packet(read)),
            Received::Binary { first, payload } => {
                let type_byte = first.filter(|_| self.types_binary());
                Some(EngineEvent::Binary(match type_byte {
                    Some(byte) => payload.strip_head(&[byte]),
                    None => payload,
                }))
            }
            Received::Open(_) | Received::ProbeAnswer | Received::Engine(_) | Received::Unknown => {
                None
            }
        }
    }

    /// Notes evidence of the server's version. Returns whether it changes the known version.
    pub(crate) fn observe(&mut self, version: EngineVersion) -> bool {
        let changed = self.detection.observe(version);
        if changed {
            // Pings count from the handshake, because the server's timeout does.
            self.heartbeat = Heartbeat::start(version, self.intervals, self.opened_at);
        }
        changed
    }

    /// Ends the detection at its deadline. Returns whether that changes the known version.
    pub(crate) fn expire_detection(&mut self, now: Time) -> bool {
        self.detection.expire(now)
    }

    /// Makes the next ping due at once, if the client pings.
    pub(crate) fn ping_now(&mut self, now: Time) {
        self.heartbeat.ping_now(now);
    }

    pub(crate) fn expire_heartbeat(&mut self, now: Time) -> Option<HeartbeatAction> {
        self.heartbeat.expire(now)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let heartbeat = Some(self.heartbeat.next_timeout());
        let of_session = earlier(heartbeat, self.detection.next_timeout());
        earlier(of_session, self.carrier.next_timeout())
    }
}
