//! Which generation answers.
//!
//! The client asks with `EIO=4`. A 2.x server does not read that and answers in its own form: a handshake without
//! `maxPayload`, then, unasked, a CONNECT for `/`. A 4.x server names `maxPayload` since 4.5; an older 3.x or 4.x server
//! stays silent until it is asked for a namespace. Measured against socket.io 2.5.1 and 4.8.4.

use crate::config::Config;
use crate::dialect::Dialect;
use crate::time::{Millis, Time};
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) enum Detection {
    /// Either may still be; at the deadline it is `V4`.
    Open { deadline: Time },
    /// `V4` for want of a sign; a sign of the other is believed.
    Assumed,
    /// No doubt is left.
    Certain(Dialect),
}

impl Detection {
    /// What a handshake tells. `form` is that of the polling body it came in, `remembered` what the last server was.
    pub(crate) fn begin(
        form: Option<Dialect>,
        handshake: &Handshake,
        remembered: Option<Dialect>,
        config: &Config,
        now: Time,
    ) -> Detection {
        // The form of a polling body is a sign that leaves no doubt.
        match (config.dialect.or(form), remembered) {
            (Some(dialect), _) => Detection::Certain(dialect),
            (None, _) if handshake.max_payload.is_some() => Detection::Certain(Dialect::V4),
            (None, Some(Dialect::V4)) => Detection::Assumed,
            (None, remembered) => Detection::Open {
                deadline: now + patience(remembered, config),
            },
        }
    }

    /// What is known so far; `None` while either may be.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match self {
            Detection::Open { .. } => None,
            Detection::Assumed => Some(Dialect::V4),
            Detection::Certain(dialect) => Some(*dialect),
        }
    }

    /// A sign that only servers of `dialect` give. Returns whether it has changed what is known.
    pub(crate) fn sign(&mut self, dialect: Dialect) -> bool {
        if matches!(self, Detection::Certain(_)) {
            return false;
        }
        let changed = self.dialect() != Some(dialect);
        *self = Detection::Certain(dialect);
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
fn patience(remembered: Option<Dialect>, config: &Config) -> Millis {
    match remembered {
        Some(Dialect::V3) => Millis(config.detection.0.saturating_mul(10)),
        _ => config.detection,
    }
}
