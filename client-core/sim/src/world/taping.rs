//! Writes the tape of a run, and carries out the faults that a user adds by hand.

use tidewire_core::Lost;

use super::{Scheduled, World};
use crate::coverage::Seen;
use crate::injected::Injected;
use crate::machine::{Input, Output};
use crate::tape::{Fate, Flight, Lane, Tape};
use crate::wire::Wire;

/// How long a stall added by hand lasts, in milliseconds.
const STALL: u64 = 10_000;
/// How long a sleep added by hand lasts, in milliseconds.
const SLEEP: u64 = 60_000;

impl World<'_> {
    /// Keeps a tape from now on, and plans faults at their times.
    pub(crate) fn record(&mut self, injected: &[(u64, Injected)]) {
        self.tape = Some(Tape::default());
        // With a stall or a sleep, frames arrive late, whatever the plan says.
        self.server.shared.is_prompt &= injected.is_empty();
        for (at, fault) in injected {
            self.schedule((*at).max(self.now), Scheduled::Injected(*fault));
        }
    }

    /// Notes that a message was sent.
    pub(super) fn tape_sent(&mut self, arrives: u64, scheduled: &Scheduled) {
        let Some(tape) = &mut self.tape else { return };
        let Some((from, kind, link, text)) = message(scheduled) else {
            return;
        };
        let (number, sent, fate) = (self.count, self.now, Fate::Flying);
        tape.flight(Flight {
            number,
            from,
            link,
            sent,
            arrives,
            kind,
            text,
            fate,
        });
    }

    /// Notes that a message comes to its end now.
    pub(super) fn tape_ends(&mut self, number: u64, scheduled: &Scheduled) {
        let Some(tape) = &mut self.tape else { return };
        let Some((from, _, link, _)) = message(scheduled) else {
            return;
        };
        let is_live = self.links.get(link).is_some_and(|state| state.live);
        let passes = self.links.passes(link);
        let is_news = matches!(
            scheduled,
            Scheduled::LostToClient(..) | Scheduled::CloseToServer(_) | Scheduled::AbortToServer(_)
        );
        let fate = match from {
            _ if !passes && !is_news => Fate::Lost,
            Lane::Network | Lane::Server if !is_live => Fate::Ignored,
            Lane::Client | Lane::Network | Lane::Server => Fate::Arrived,
        };
        tape.ends(number, self.now, fate);
    }

    /// Notes a command of the application.
    pub(super) fn tape_input(&mut self, input: &Input) {
        let Some(tape) = &mut self.tape else { return };
        let text = match input {
            Input::Connect(nsp) => format!("connect {}", self.plan.namespaces[*nsp]),
            Input::Disconnect(nsp) => format!("disconnect {}", self.plan.namespaces[*nsp]),
            Input::Emit { nsp, text, .. } => format!("emit {} {text}", self.plan.namespaces[*nsp]),
            Input::Reply { nsp, text, .. } => {
                format!("reply {} {text}", self.plan.namespaces[*nsp])
            }
            Input::Close => "close".to_owned(),
            Input::Hint(hint) => format!("hint {hint:?}"),
            Input::Cancel(..) | Input::ClearOffline(_) => format!("{input:?}"),
            Input::Namespace(_)
            | Input::Authorize(..)
            | Input::Opened(_)
            | Input::Packet(..)
            | Input::Response(..)
            | Input::Lost(..)
            | Input::Timeout => return,
        };
        tape.application(self.now, text);
    }

    /// Notes an event for the application.
    pub(super) fn tape_output(&mut self, output: &Output) {
        let (Some(tape), Output::Event(event)) = (&mut self.tape, output) else {
            return;
        };
        tape.application(self.now, format!("{event:?}"));
    }

    /// Notes what has happened since the last call.
    pub(super) fn tape_seen(&mut self) {
        let Some(tape) = &mut self.tape else { return };
        let mut seen = self.oracle.seen.clone();
        seen.add(&self.server.shared.seen);
        tape.compare(self.now, &seen);
    }

    /// Notes that all faults end now.
    pub(super) fn tape_healed(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.healed = Some(self.now);
        }
    }

    /// Carries out a fault that was added by hand, unless all faults have ended.
    pub(super) fn inject(&mut self, fault: Injected) {
        if !self.is_stepping() {
            return;
        }
        match fault {
            Injected::Cut => {
                self.oracle.seen.note(Seen::LinksCut);
                self.cut(true);
            }
            Injected::HalfOpen => {
                self.oracle.seen.note(Seen::HalfOpen);
                self.cut(false);
            }
            Injected::Stall => {
                self.oracle.seen.note(Seen::Stalled);
                self.links.stalled_until = self.now + STALL;
            }
            Injected::Sleep => {
                self.oracle.seen.note(Seen::Slept);
                self.sleep(SLEEP);
            }
            Injected::Restart
            | Injected::Forget
            | Injected::Kick
            | Injected::Silence
            | Injected::Malformed => {
                self.server.inject(self.now, fault);
                self.take_server();
            }
        }
    }
}

/// Returns the sender of a message, its kind, its link and its content.
fn message(scheduled: &Scheduled) -> Option<(Lane, &'static str, u32, String)> {
    let none = String::new;
    Some(match scheduled {
        Scheduled::OpenSocket(link, target) => (
            Lane::Client,
            "WebSocket",
            *link,
            target.sid.as_deref().unwrap_or_default().to_owned(),
        ),
        Scheduled::FrameToServer(link, wire) => (Lane::Client, "frame", *link, format!("{wire:?}")),
        Scheduled::CloseToServer(link) => (Lane::Client, "close", *link, none()),
        Scheduled::GetToServer(link, target) => (
            Lane::Client,
            "GET",
            *link,
            target.sid.as_deref().unwrap_or_default().to_owned(),
        ),
        Scheduled::PostToServer(link, _, frames) => (Lane::Client, "POST", *link, packets(frames)),
        Scheduled::AbortToServer(link) => (Lane::Client, "abort", *link, none()),
        Scheduled::OpenedToClient(link, _) => (Lane::Server, "opened", *link, none()),
        Scheduled::FrameToClient(link, wire) => (Lane::Server, "frame", *link, format!("{wire:?}")),
        Scheduled::LostToClient(link, lost) => match lost {
            Lost::Failed => (Lane::Network, "failed", *link, none()),
            Lost::Closed | Lost::Refused => (Lane::Server, "closed", *link, none()),
            _ => (Lane::Network, "lost", *link, none()),
        },
        Scheduled::ResponseToClient(link, frames) => {
            (Lane::Server, "response", *link, packets(frames))
        }
        Scheduled::AppInput(_) | Scheduled::Injected(_) | Scheduled::Step => return None,
    })
}

fn packets(frames: &[Wire]) -> String {
    let texts: Vec<String> = frames.iter().map(|wire| format!("{wire:?}")).collect();
    texts.join(" ")
}
