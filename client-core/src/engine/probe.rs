//! The upgrade from polling to a WebSocket: a second transport is tried while the first goes on.
//!
//! Source: engine.io-protocol 4, "Upgrade mechanism"; engine.io-client 6.6 (`_probe`).

use crate::output::{Action, Link, Outbox, Packet, Target};
use crate::payload::{Frame, FrameKind};
use crate::time::Time;

/// What the server must answer to [`Packet::Probe`]: a pong with the same word.
const ANSWER: &[u8] = b"3probe";

#[derive(Debug)]
pub(crate) enum Probe {
    /// Nothing is tried: not wanted, not offered, or it has failed.
    None,
    /// The WebSocket is being opened, and then asked.
    Trying { link: Link, deadline: Option<Time> },
    /// The WebSocket has answered. It takes over when the last request has ended; nothing is posted any more.
    Crossing { link: Link, deadline: Option<Time> },
}

impl Probe {
    pub(crate) fn start<P>(
        link: Link,
        target: Target,
        deadline: Option<Time>,
        out: &mut Outbox<P>,
    ) -> Probe {
        out.action(Action::Open { link, target });
        Probe::Trying { link, deadline }
    }

    pub(crate) fn link(&self) -> Option<Link> {
        match self {
            Probe::None => None,
            Probe::Trying { link, .. } | Probe::Crossing { link, .. } => Some(*link),
        }
    }

    /// The WebSocket is open: it is asked whether it works.
    pub(crate) fn opened<P>(&self, out: &mut Outbox<P>) {
        if let Probe::Trying { link, .. } = self {
            out.action(Action::Send {
                link: *link,
                packet: Packet::Probe,
            });
        }
    }

    /// A packet over the WebSocket. Returns whether it was the right answer.
    pub(crate) fn answered<P>(&mut self, frame: &Frame<'_, P>) -> bool {
        let Probe::Trying { link, deadline } = *self else {
            return false;
        };
        let right = frame.kind == FrameKind::Text && frame.head == ANSWER;
        if right {
            *self = Probe::Crossing { link, deadline };
        }
        right
    }

    /// Whether the session is on its way over.
    pub(crate) fn is_crossing(&self) -> bool {
        matches!(self, Probe::Crossing { .. })
    }

    /// Gives the upgrade up.
    pub(crate) fn fail<P>(&mut self, out: &mut Outbox<P>) {
        if let Some(link) = self.link() {
            out.action(Action::Drop { link });
        }
        *self = Probe::None;
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        match self {
            Probe::None => None,
            Probe::Trying { deadline, .. } | Probe::Crossing { deadline, .. } => *deadline,
        }
    }
}
