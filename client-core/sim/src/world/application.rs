//! The actions of the application in a run: it connects, emits, replies and disconnects at random, and its device sleeps.

use tidewire_core::{Ack, Delivery, Millis};

use super::World;
use crate::coverage::Seen;
use crate::machine::{AppEvent, CallResult, Input};
use crate::wire::numbers;

impl World<'_> {
    /// Performs a random step of the application.
    pub(super) fn step_app(&mut self) {
        let plan = self.plan.app.clone();
        let count = self.plan.namespaces.len() as u64;
        let nsp = usize::try_from(self.app.rng.below(count)).unwrap_or(0);
        if !self.oracle.is_wanted(nsp) && !self.app.rng.one_in(4) {
            self.connect(nsp);
        }
        if self.app.rng.per_mille(plan.leave) {
            self.oracle.seen.note(Seen::Left);
            self.disconnect(nsp);
        }
        if self.app.rng.per_mille(plan.close) {
            self.oracle.seen.note(Seen::Closed);
            self.close();
        }
        if self.app.rng.per_mille(plan.hints) {
            let (hint, seen) = self.app.hint();
            self.oracle.seen.note(seen);
            self.input(&Input::Hint(hint));
        }
        if self.app.rng.per_mille(plan.clear) {
            self.oracle.seen.note(Seen::OfflineCleared);
            self.input(&Input::ClearOffline(nsp));
            self.oracle.cleared(nsp);
        }
        if self.app.rng.per_mille(plan.cancel) {
            self.cancel(nsp);
        }
        let emits = match self.app.rng.per_mille(plan.burst) {
            true => 40,
            false => self.app.rng.below(3),
        };
        for _ in 0..emits {
            self.emit(nsp);
        }
        if self.app.rng.per_mille(plan.sleep) {
            self.oracle.seen.note(Seen::Slept);
            let span = *self.app.rng.pick(&[10_000, 600_000, 8 * 3_600_000]);
            self.sleep(span);
        }
        let bound = self.plan.config.offline_packets.saturating_mul(2);
        if self.machine.offline(nsp) > bound {
            self.oracle.fault("the offline buffer is bounded");
        }
    }

    pub(crate) fn connect(&mut self, nsp: usize) {
        // A deadline that is due now belongs to the state before this call.
        self.input(&Input::Timeout);
        self.oracle.connects(nsp);
        self.input(&Input::Connect(nsp));
    }

    fn disconnect(&mut self, nsp: usize) {
        self.input(&Input::Timeout);
        self.oracle.disconnects(nsp);
        self.input(&Input::Disconnect(nsp));
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self) {
        self.input(&Input::Timeout);
        for nsp in 0..self.plan.namespaces.len() {
            self.oracle.disconnects(nsp);
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
        let rng = &mut self.app.rng;
        let delivery = if rng.per_mille(plan.volatile) {
            Delivery::Volatile
        } else if rng.per_mille(plan.retries) {
            let retries = u32::try_from(rng.below(4)).unwrap_or(0);
            Delivery::AtLeastOnce { retries }
        } else {
            Delivery::Once
        };
        let ack = match rng.per_mille(plan.acks) {
            true if rng.per_mille(plan.ack_timeouts) => {
                Ack::Within(Millis(*rng.pick(&[0, 100, 5_000])))
            }
            true => Ack::Unlimited,
            false => Ack::None,
        };
        let attachments = match rng.per_mille(plan.attachments) {
            true => usize::try_from(rng.between(1, 4)).unwrap_or(1),
            false => 0,
        };
        let padding = match rng.per_mille(plan.large) {
            true => {
                self.oracle.seen.note(Seen::LargeEmit);
                usize::try_from(rng.between(100, 2_000)).unwrap_or(0)
            }
            false => 0,
        };
        self.emit_one(nsp, delivery, ack, attachments, padding);
    }

    /// Emits an event. The length of its attachments is its number modulo 50, in bytes.
    pub(crate) fn emit_one(
        &mut self,
        nsp: usize,
        delivery: Delivery,
        ack: Ack,
        attachments: usize,
        padding: usize,
    ) -> CallResult {
        self.input(&Input::Timeout);
        self.app.last_emit += 1;
        let n = self.app.last_emit;
        let connected = self.oracle.is_connected(nsp);
        let deadline = match ack {
            Ack::Within(span) => Some(self.now + u64::from(span.0)),
            _ => None,
        };
        self.oracle.emits(nsp, n, delivery, attachments, deadline);
        let length = usize::try_from(n % 50).unwrap_or(0);
        let result = self.input(&Input::Emit {
            nsp,
            text: format!("[\"e\",{n},\"{}\"]", "x".repeat(padding)),
            attachments: vec![vec![7; length]; attachments],
            ack,
            delivery,
        });
        if delivery == Delivery::Volatile && !connected {
            self.oracle.seen.note(Seen::VolatileDropped);
        }
        result
    }

    /// Reacts to an event of the machine.
    pub(crate) fn react(&mut self, event: AppEvent) {
        match event {
            AppEvent::AuthRequired(nsp) => self.give_auth(nsp),
            AppEvent::Message(nsp, text, _, Some(reply_to)) => {
                self.reply(nsp, &text, reply_to);
            }
            _ => {}
        }
    }

    fn give_auth(&mut self, nsp: usize) {
        let auth = match self.app.rng.below(3) {
            0 => None,
            1 => Some("{}".to_owned()),
            _ => Some(r#"{"token":"t"}"#.to_owned()),
        };
        let input = Input::Authorize(nsp, auth);
        if !self.app.rng.per_mille(self.plan.app.late_auth) {
            return self.apply_input(&input);
        }
        self.oracle.seen.note(Seen::AuthLate);
        let delay = self.app.rng.between(1, 60_000);
        self.schedule_input(delay, input);
    }

    fn reply(&mut self, nsp: usize, text: &str, reply_to: usize) {
        let [_, connection, id] = numbers(text)[..] else {
            return;
        };
        if !self.app.rng.per_mille(self.plan.app.reply) {
            return;
        }
        let input = Input::Reply {
            nsp,
            reply_to,
            text: format!("[{connection},{id}]"),
        };
        if self.app.rng.one_in(4) {
            let delay = self.app.rng.between(1, 5_000);
            return self.schedule_input(delay, input);
        }
        self.apply_input(&input);
    }

    /// Gives the machine an input that was planned by the application.
    pub(super) fn apply_input(&mut self, input: &Input) {
        let result = self.input(input);
        if let Input::Reply { nsp, reply_to, .. } = input {
            let accepted = !matches!(result, CallResult::Misuse(_));
            self.oracle.replied(*nsp, *reply_to, accepted);
        }
    }
}
