//! Which generation answers.
//!
//! The client asks with `EIO=4`. A 2.x server does not read that and answers in its own form: a handshake without
//! `maxPayload`, then, unasked, a CONNECT for `/`. A 4.x server names `maxPayload` since 4.5; an older 3.x or 4.x server
//! stays silent until it is asked for a namespace. Measured against socket.io 2.5.1 and 4.8.4.

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::time::{Millis, Time};
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) enum Detection {
    /// Either may still be; at the deadline it is `EIO4`.
    Open { deadline: Time },
    /// `EIO4` for want of a sign; a sign of the other is believed.
    Assumed,
    /// No doubt is left.
    Certain(EngineVersion),
}

impl Detection {
    /// What a handshake tells. `form` is that of the polling body it came in, `remembered` what the last server was.
    pub(crate) fn begin(
        body_version: Option<EngineVersion>,
        handshake: &Handshake,
        remembered: Option<EngineVersion>,
        config: &Config,
        now: Time,
    ) -> Detection {
        // The form of a polling body is a sign that leaves no doubt.
        match (config.engine_version.or(body_version), remembered) {
            (Some(engine_version), _) => Detection::Certain(engine_version),
            (None, _) if handshake.max_payload.is_some() => Detection::Certain(EngineVersion::Eio4),
            (None, Some(EngineVersion::Eio4)) => Detection::Assumed,
            (None, remembered) => Detection::Open {
                deadline: now + patience(remembered, config),
            },
        }
    }

    /// What is known so far; `None` while either may be.
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        match self {
            Detection::Open { .. } => None,
            Detection::Assumed => Some(EngineVersion::Eio4),
            Detection::Certain(engine_version) => Some(*engine_version),
        }
    }

    /// A sign that only servers of `Engine.IO version` give. Returns whether it has changed what is known.
    pub(crate) fn observe(&mut self, engine_version: EngineVersion) -> bool {
        if matches!(self, Detection::Certain(_)) {
            return false;
        }
        let changed = self.engine_version() != Some(engine_version);
        *self = Detection::Certain(engine_version);
        changed
    }

    /// Lets time pass. Returns whether it has changed what is known.
    pub(crate) fn expire(&mut self, now: Time) -> bool {
        match self {
            Detection::Open { deadline } if now >= *deadline => {
                *self = Detection::Assumed;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        match self {
            Detection::Open { deadline } => Some(*deadline),
            _ => None,
        }
    }
}

/// A server that turned out to be old is given more time to show that it still is: its `/` may be slow.
fn patience(remembered: Option<EngineVersion>, config: &Config) -> Millis {
    match remembered {
        Some(EngineVersion::Eio3) => Millis(config.detection.0.saturating_mul(10)),
        _ => config.detection,
    }
}
