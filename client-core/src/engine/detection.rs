//! The detection of the server's Engine.IO version.
//!
//! The client asks with `EIO=4`. A 2.x server does not read that and answers in Engine.IO 3: a handshake without
//! `maxPayload`, then, unasked, a CONNECT for `/`. A 4.x server names `maxPayload` since 4.5; an older 3.x or 4.x server
//! stays silent until the client asks for a namespace. Measured against socket.io 2.5.1 and 4.8.4.
//!
//! A server that reads `EIO` may refuse 4 (python-engineio 3.x): then the client asks once more with `EIO=3`, in the same
//! attempt (`Opening::ask_other_version`), and begins with the version that was accepted from then on.

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::time::{Millis, Time};
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) enum Detection {
    /// Both versions are possible; at the deadline the client assumes Engine.IO 4.
    Open { deadline: Time },
    /// Engine.IO 4 without evidence; evidence of Engine.IO 3 still changes it.
    Assumed,
    /// The configuration or evidence has settled the version.
    Certain(EngineVersion),
}

impl Detection {
    /// Starts with the evidence in a handshake.
    ///
    /// `certain` is the version of which the way of the handshake leaves no doubt, such as the format of a polling body; `remembered`
    /// is that of the last server, if that had no `maxPayload` either.
    pub(crate) fn begin(
        certain: Option<EngineVersion>,
        handshake: &Handshake,
        remembered: Option<EngineVersion>,
        config: &Config,
        now: Time,
    ) -> Detection {
        match (certain.or(config.engine_version), remembered) {
            (Some(version), _) => Detection::Certain(version),
            (None, _) if handshake.max_payload.is_some() => Detection::Certain(EngineVersion::Eio4),
            (None, Some(EngineVersion::Eio4)) => Detection::Assumed,
            (None, remembered) => Detection::Open {
                deadline: now + detection_time(remembered, config),
            },
        }
    }

    /// Returns the version as far as it is known; `None` while both are possible.
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        match self {
            Detection::Open { .. } => None,
            Detection::Assumed => Some(EngineVersion::Eio4),
            Detection::Certain(version) => Some(*version),
        }
    }

    /// Notes evidence that only servers of `version` give. Returns whether it changes the known version.
    pub(crate) fn observe(&mut self, version: EngineVersion) -> bool {
        if matches!(self, Detection::Certain(_)) {
            return false;
        }
        let changed = self.engine_version() != Some(version);
        *self = Detection::Certain(version);
        changed
    }

    /// Lets time pass. Returns whether it changes the known version.
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

/// Returns how long to wait for evidence: ten times as long if the last server was a 2.x one, because its `/` may be slow.
fn detection_time(remembered: Option<EngineVersion>, config: &Config) -> Millis {
    match remembered {
        Some(EngineVersion::Eio3) => Millis(config.detection.0.saturating_mul(10)),
        _ => config.detection,
    }
}
