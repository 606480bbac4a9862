//! The upgrade from polling to a WebSocket: the new transport is probed while the old one goes on.
//!
//! Source: engine.io-protocol 4, "Upgrade mechanism"; engine.io-client 6.6 (`_probe`).

use crate::output::{Action, Link, Outbox, Packet, Target};
use crate::payload::{Frame, FrameKind};
use crate::time::Time;

/// The server's answer to [`Packet::Probe`]: a pong with the same data.
const ANSWER: &[u8] = b"3probe";

#[derive(Debug)]
pub(crate) enum Probe {
    /// No upgrade: not wanted, not offered, or failed.
    None,
    /// The WebSocket is being opened or has been sent the probe.
    Trying { link: Link, deadline: Option<Time> },
    /// The WebSocket has answered. It takes over when the last request has ended; until then nothing is posted.
    Crossing { link: Link, deadline: Option<Time> },
}

impl Probe {
    pub(crate) fn start<P>(target: Target, deadline: Option<Time>, out: &mut Outbox<P>) -> Probe {
        let link = out.next_link();
        out.action(Action::Open { link, target });
        Probe::Trying { link, deadline }
    }

    pub(crate) fn link(&self) -> Option<Link> {
        match self {
            Probe::None => None,
            Probe::Trying { link, .. } | Probe::Crossing { link, .. } => Some(*link),
        }
    }

    /// Sends the probe over the WebSocket, which is open now.
    pub(crate) fn opened<P>(&self, out: &mut Outbox<P>) {
        if let Probe::Trying { link, .. } = self {
            out.action(Action::Send {
                link: *link,
                packet: Packet::Probe,
            });
        }
    }

    /// Handles a packet from the WebSocket. Returns whether it was the right answer.
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

    pub(crate) fn is_crossing(&self) -> bool {
        matches!(self, Probe::Crossing { .. })
    }

    /// Gives the upgrade up, if there is one.
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
