//! An open Engine.IO session: what the handshake has settled, and what keeps it alive.

use alloc::sync::Arc;

use super::carrier::Carrier;
use super::detection::Detection;
use super::heartbeat::{Beat, Heartbeat};
use crate::dialect::Dialect;
use crate::time::{Time, earlier};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) sid: Arc<str>,
    pub(crate) carrier: Carrier,
    handshake: Handshake,
    opened_at: Time,
    detection: Detection,
    heartbeat: Heartbeat,
}

impl Session {
    pub(crate) fn new(
        carrier: Carrier,
        handshake: Handshake,
        detection: Detection,
        now: Time,
    ) -> Self {
        let dialect = detection.dialect().unwrap_or(Dialect::V4);
        Session {
            sid: handshake.sid.as_str().into(),
            carrier,
            heartbeat: Heartbeat::start(dialect, &handshake, now),
            handshake,
            opened_at: now,
            detection,
        }
    }

    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.detection.dialect()
    }

    /// A packet has come: the heartbeat hears it. Only a 4.x server pings; returns whether that is news.
    pub(crate) fn heard(&mut self, kind: EngineType, now: Time) -> bool {
        let changed = kind == EngineType::Ping && self.sign(Dialect::V4);
        self.heartbeat.heard(kind, now);
        changed
    }

    /// A sign of the server's generation has been seen. Returns whether it is news.
    pub(crate) fn sign(&mut self, dialect: Dialect) -> bool {
        let changed = self.detection.sign(dialect);
        if changed {
            // Pings count from the handshake, for so does the server's patience.
            self.heartbeat = Heartbeat::start(dialect, &self.handshake, self.opened_at);
        }
        changed
    }

    /// Lets the wait for a sign end. Returns whether that is news.
    pub(crate) fn expire_detection(&mut self, now: Time) -> bool {
        self.detection.expire(now)
    }

    pub(crate) fn expire_heartbeat(&mut self, now: Time) -> Option<Beat> {
        self.heartbeat.expire(now)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        earlier(
            Some(self.heartbeat.next_timeout()),
            self.detection.next_timeout(),
        )
    }
}
