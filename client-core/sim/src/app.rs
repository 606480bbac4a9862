//! The state of the application on top of the machine.

use tidewire_core::{Hint, Misuse};

use crate::coverage::Seen;
use crate::machine::CallResult;
use crate::oracle::Oracle;
use crate::rng::Rng;

pub(crate) struct App {
    pub(crate) rng: Rng,
    /// The number of the last emit, counted over all namespaces.
    pub(crate) last_emit: u64,
    in_background: bool,
}

impl App {
    pub(crate) fn new(rng: Rng) -> App {
        App {
            rng,
            last_emit: 0,
            in_background: false,
        }
    }

    /// Tells the oracle how the machine has taken the last emit.
    pub(crate) fn on_emit_result(&mut self, nsp: usize, result: CallResult, oracle: &mut Oracle) {
        match result {
            CallResult::Done => oracle.emit_accepted(nsp, self.last_emit, None),
            CallResult::Ack(ack) => oracle.emit_accepted(nsp, self.last_emit, Some(ack)),
            CallResult::Misuse(misuse) => {
                oracle.seen.note(match misuse {
                    Misuse::TooManyAcks => Seen::TooManyAcks,
                    _ => Seen::OfflineRefused,
                });
                oracle.emit_refused(nsp, self.last_emit);
            }
        }
    }

    /// Draws a hint. A device in the background comes to the foreground next.
    pub(crate) fn hint(&mut self) -> (Hint, Seen) {
        if self.in_background {
            self.in_background = false;
            return (Hint::Foreground, Seen::HintForeground);
        }
        match self.rng.below(6) {
            0 => (Hint::Online, Seen::HintOnline),
            1 => (Hint::Offline, Seen::HintOffline),
            2 => (Hint::Foreground, Seen::HintForeground),
            3 => {
                self.in_background = true;
                (Hint::Background, Seen::HintBackground)
            }
            4 => (Hint::Congested, Seen::HintCongested),
            _ => (Hint::Writable, Seen::HintWritable),
        }
    }
}
