//! Which generation answers.
//!
//! The client asks with `EIO=4`. A 2.x server does not read that and answers in its own form: a handshake without
//! `maxPayload`, then, unasked, a CONNECT for `/`. A 4.x server names `maxPayload` since 4.5; an older 3.x or 4.x server
//! stays silent until it is asked for a namespace. Measured against socket.io 2.5.1 and 4.8.4.

use crate::dialect::Dialect;
use crate::time::Time;

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
