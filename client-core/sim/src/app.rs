//! The application on top of the machine: it connects, emits, answers and leaves as chance wants, and its device sleeps.

use tidewire_core::{Ack, Delivery, Hint, Millis, Misuse};

use crate::chance::Chance;
use crate::coverage::Seen;
use crate::machine::{Heard, Input, Taken};
use crate::oracle::Oracle;
use crate::wire::numbers;
use crate::world::World;

pub(crate) struct App {
    pub(crate) chance: Chance,
    /// The number of the last emit, of all namespaces.
    last: u64,
    in_background: bool,
}

impl App {
    pub(crate) fn new(chance: Chance) -> App {
        App {
            chance,
            last: 0,
            in_background: false,
        }
    }

    /// What the machine has said to the last emit.
    pub(crate) fn taken(&mut self, nsp: usize, taken: Taken, oracle: &mut Oracle) {
        match taken {
            Taken::Yes => oracle.taken(nsp, self.last, None),
            Taken::Ack(ack) => oracle.taken(nsp, self.last, Some(ack)),
            Taken::Misuse(misuse) => {
                oracle.seen.note(match misuse {
                    Misuse::TooManyAcks => Seen::TooManyAcks,
                    _ => Seen::OfflineRefused,
                });
                oracle.refused(nsp, self.last);
            }
        }
    }

    fn hint(&mut self) -> (Hint, Seen) {
        if self.in_background {
            self.in_background = false;
            return (Hint::Foreground, Seen::HintForeground);
        }
        match self.chance.below(6) {
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

impl World<'_> {
    /// Something the application does.
    pub(crate) fn step_app(&mut self) {
        let plan = self.plan.app.clone();
        let count = self.plan.namespaces.len() as u64;
        let nsp = usize::try_from(self.app.chance.below(count)).unwrap_or(0);
        if !self.oracle.is_wanted(nsp) && !self.app.chance.one_in(4) {
            self.connect(nsp);
        }
        if self.app.chance.per_mille(plan.leave) {
            self.oracle.seen.note(Seen::Left);
            self.leave(nsp);
        }
        if self.app.chance.per_mille(plan.close) {
            self.oracle.seen.note(Seen::Closed);
            self.close();
        }
        if self.app.chance.per_mille(plan.hints) {
            let (hint, seen) = self.app.hint();
            self.oracle.seen.note(seen);
            self.input(&Input::Hint(hint));
        }
        if self.app.chance.per_mille(plan.clear) {
            self.oracle.seen.note(Seen::OfflineCleared);
            self.input(&Input::ClearOffline(nsp));
            self.oracle.cleared(nsp);
        }
        if self.app.chance.per_mille(plan.cancel) {
            self.cancel(nsp);
        }
        let emits = match self.app.chance.per_mille(plan.burst) {
            true => 40,
            false => self.app.chance.below(3),
        };
        for _ in 0..emits {
            self.emit(nsp);
        }
        if self.app.chance.per_mille(plan.sleep) {
            self.oracle.seen.note(Seen::Slept);
            let span = *self.app.chance.pick(&[10_000, 600_000, 8 * 3_600_000]);
            self.sleep(span);
        }
        let bound = 2 * self.plan.config.offline_packets;
        if self.machine.offline(nsp) > bound {
            self.oracle.fault("the offline buffer is bounded");
        }
    }

    pub(crate) fn connect(&mut self, nsp: usize) {
        // What is due now is of the wish before this one.
        self.input(&Input::Timeout);
        self.oracle.wants(nsp);
        self.input(&Input::Connect(nsp));
    }

    fn leave(&mut self, nsp: usize) {
        self.input(&Input::Timeout);
        self.oracle.leaves(nsp);
        self.input(&Input::Disconnect(nsp));
    }

    /// Leaves all.
    pub(crate) fn close(&mut self) {
        self.input(&Input::Timeout);
        for nsp in 0..self.plan.namespaces.len() {
            self.oracle.leaves(nsp);
        }
        self.input(&Input::Close);
    }

    fn cancel(&mut self, nsp: usize) {
        if let Some(ack) = self.oracle.some_ack(nsp) {
            self.oracle.seen.note(Seen::Cancelled);
            self.cancel_one(nsp, ack);
        }
    }

    pub(crate) fn cancel_one(&mut self, nsp: usize, ack: u64) {
        self.input(&Input::Timeout);
        self.oracle.cancels(nsp, ack);
        self.input(&Input::Cancel(nsp, ack));
    }

    fn emit(&mut self, nsp: usize) {
        let plan = self.plan.app.clone();
        let chance = &mut self.app.chance;
        let delivery = if chance.per_mille(plan.volatile) {
            Delivery::Volatile
        } else if chance.per_mille(plan.retries) {
            let retries = u32::try_from(chance.below(4)).unwrap_or(0);
            Delivery::AtLeastOnce { retries }
        } else {
            Delivery::Once
        };
        let ack = match chance.per_mille(plan.acks) {
            true if chance.per_mille(plan.ack_timeouts) => {
                Ack::Within(Millis(*chance.pick(&[0, 100, 5_000])))
            }
            true => Ack::Unlimited,
            false => Ack::None,
        };
        let attachments = match chance.per_mille(plan.attachments) {
            true => usize::try_from(chance.between(1, 4)).unwrap_or(1),
            false => 0,
        };
        let padding = match chance.per_mille(plan.large) {
            true => {
                self.oracle.seen.note(Seen::LargeEmit);
                usize::try_from(chance.between(100, 2_000)).unwrap_or(0)
            }
            false => 0,
        };
        self.emit_one(nsp, delivery, ack, attachments, padding);
    }

    /// Emits an event. Its attachments are as long as its number modulo 50.
    pub(crate) fn emit_one(
        &mut self,
        nsp: usize,
        delivery: Delivery,
        ack: Ack,
        attachments: usize,
        padding: usize,
    ) -> Taken {
        self.input(&Input::Timeout);
        self.app.last += 1;
        let n = self.app.last;
        let connected = self.oracle.is_connected(nsp);
        let patience = match ack {
            Ack::Within(span) => Some(self.now + u64::from(span.0)),
            _ => None,
        };
        self.oracle.emits(nsp, n, delivery, attachments, patience);
        let length = usize::try_from(n % 50).unwrap_or(0);
        let taken = self.input(&Input::Emit {
            nsp,
            text: format!("[\"e\",{n},\"{}\"]", "x".repeat(padding)),
            attachments: vec![vec![7; length]; attachments],
            ack,
            delivery,
        });
        if delivery == Delivery::Volatile && !connected {
            self.oracle.seen.note(Seen::VolatileDropped);
        }
        taken
    }

    /// What the application does when it hears something.
    pub(crate) fn react(&mut self, event: Heard) {
        match event {
            Heard::AuthWanted(nsp) => self.give_auth(nsp),
            Heard::Message(nsp, text, _, Some(question)) => {
                self.reply(nsp, &text, question);
            }
            _ => {}
        }
    }

    fn give_auth(&mut self, nsp: usize) {
        let auth = match self.app.chance.below(3) {
            0 => None,
            1 => Some("{}".to_owned()),
            _ => Some(r#"{"token":"t"}"#.to_owned()),
        };
        let input = Input::Authorize(nsp, auth);
        if !self.app.chance.per_mille(self.plan.app.late_auth) {
            return self.own(&input);
        }
        self.oracle.seen.note(Seen::AuthLate);
        let delay = self.app.chance.between(1, 60_000);
        self.later(delay, input);
    }

    fn reply(&mut self, nsp: usize, text: &str, question: usize) {
        let [_, room, id] = numbers(text)[..] else {
            return;
        };
        if !self.app.chance.per_mille(self.plan.app.reply) {
            return;
        }
        let input = Input::Reply {
            nsp,
            question,
            text: format!("[{room},{id}]"),
        };
        if self.app.chance.one_in(4) {
            let delay = self.app.chance.between(1, 5_000);
            return self.later(delay, input);
        }
        self.own(&input);
    }

    /// Something the application does by itself, now or later.
    pub(crate) fn own(&mut self, input: &Input) {
        let taken = self.input(input);
        if let Input::Reply { nsp, question, .. } = input {
            let taken = !matches!(taken, Taken::Misuse(_));
            self.oracle.replied(*nsp, *question, taken);
        }
    }
}
