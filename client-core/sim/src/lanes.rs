//! Two machines with the same inputs: one takes plain events by the fast lanes, in both directions, the other takes every input by
//! the slow one. They must agree in every result, output, deadline and, where asked, in their whole state.

use std::cell::Cell;
use std::rc::Rc;

use tidewire_core::Config;

use crate::machine::{CallResult, Input, Machine, Output};
use crate::native::{Native, Taken};

/// A machine under test that is two machines.
pub struct Lanes {
    fast: Native,
    slow: Native,
    compares_state: bool,
    taken: Rc<Cell<Taken>>,
}

impl Lanes {
    /// Creates two machines, and counts in `taken` the events that the fast lanes take. With `compares_state`, their whole
    /// states are compared after each input, which is slow.
    pub fn new(config: Config, compares_state: bool, taken: &Rc<Cell<Taken>>) -> Lanes {
        Lanes {
            fast: Native::with_fast_lane(config.clone()),
            slow: Native::new(config),
            compares_state,
            taken: taken.clone(),
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        let (before, taken) = (self.taken.get(), self.fast.taken());
        self.taken.set(Taken {
            received: before.received + taken.received,
            sent: before.sent + taken.sent,
        });
    }
}

impl Machine for Lanes {
    fn input(&mut self, now: u64, input: &Input) -> CallResult {
        let result = self.fast.input(now, input);
        assert_eq!(result, self.slow.input(now, input), "{input:?}");
        result
    }

    fn poll(&mut self) -> Option<Output> {
        let output = self.fast.poll();
        let expected = self.slow.poll();
        assert_eq!(format!("{output:?}"), format!("{expected:?}"));
        if self.compares_state && output.is_none() {
            assert_eq!(self.fast.state(), self.slow.state());
        }
        output
    }

    fn next_timeout(&self) -> Option<u64> {
        let at = self.fast.next_timeout();
        assert_eq!(at, self.slow.next_timeout());
        at
    }

    fn is_connected(&self, nsp: usize) -> bool {
        self.fast.is_connected(nsp)
    }

    fn offline(&self, nsp: usize) -> usize {
        self.fast.offline(nsp)
    }

    fn backlog(&self) -> usize {
        self.fast.backlog()
    }

    fn live_payloads(&self) -> usize {
        assert_eq!(self.fast.live_payloads(), self.slow.live_payloads());
        self.fast.live_payloads()
    }
}
