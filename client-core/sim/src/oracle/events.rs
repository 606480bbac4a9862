//! The laws of what the machine tells.

use tidewire_core::{AckError, Delivery, EngineVersion};

use super::Oracle;
use crate::coverage::Seen;
use crate::machine::Heard;
use crate::wire::numbers;

impl Oracle {
    pub(super) fn heard(&mut self, now: u64, heard: &Heard) {
        match heard {
            Heard::OpenFailed(_) => {
                self.seen.note(Seen::OpenFailed);
                self.goes_down();
            }
            Heard::Closed(reason) => {
                self.seen_reason(reason);
                let left = self.spaces.iter().any(|space| space.connected);
                self.law(!left, "namespaces are told before the connection", &heard);
                self.goes_down();
            }
            Heard::ReconnectFailed => {
                self.seen.note(Seen::ReconnectFailed);
                self.spaces
                    .iter_mut()
                    .for_each(|space| space.wanted = false);
            }
            Heard::Reconnecting(..) => self.seen.note(Seen::Reconnecting),
            Heard::UpgradeFailed => self.seen.note(Seen::UpgradeFailed),
            Heard::Opened | Heard::Upgraded | Heard::Malformed(_) => {}
            Heard::AuthWanted(nsp) => {
                let asks = self.spaces[*nsp].wanted && !self.spaces[*nsp].connected;
                self.law(asks, "auth is asked for what is wanted", &heard);
            }
            Heard::Connected(nsp, _) => self.connected(*nsp, heard),
            Heard::Refused(nsp, why) => {
                if why == "Timeout" {
                    self.seen.note(Seen::ConnectTimeout);
                }
                let space = &mut self.spaces[*nsp];
                let right = space.wanted && !space.connected;
                space.wanted = false;
                // Of what comes too late, it is rid as of what it leaves.
                space.left = true;
                self.law(right, "a refusal is of what was asked for", &heard);
            }
            Heard::Disconnected(nsp, reason) => self.disconnected(*nsp, reason, heard),
            Heard::ServerError(nsp) => self.must_be_in(*nsp, heard),
            Heard::Message(nsp, text, parts, question) => {
                self.must_be_in(*nsp, heard);
                if let Some(question) = question {
                    let space = &mut self.spaces[*nsp];
                    space.questions.insert(*question, space.connections);
                }
                self.message(*nsp, text, parts, question.is_some());
            }
            Heard::EmitDropped(nsp, text) => {
                self.seen.note(Seen::OfflineDropped);
                let n = numbers(text).first().copied().unwrap_or(0);
                self.drops(*nsp, n);
            }
            Heard::Acked(nsp, ack, text, parts) => {
                self.must_be_in(*nsp, heard);
                self.acked(*nsp, *ack, text, *parts);
            }
            Heard::AckLost(nsp, ack, why) => self.ack_lost(now, *nsp, *ack, *why),
        }
    }

    fn goes_down(&mut self) {
        if !self.returns {
            self.spaces
                .iter_mut()
                .for_each(|space| space.wanted = false);
        }
    }

    fn seen_reason(&mut self, reason: &str) {
        match reason {
            "ping timeout" => self.seen.note(Seen::PingTimeout),
            "parse error" => self.seen.note(Seen::ParseError),
            "transport error" => self.seen.note(Seen::TransportError),
            _ => {}
        }
    }

    fn must_be_in(&mut self, nsp: usize, heard: &Heard) {
        let connected = self.spaces[nsp].connected;
        self.law(
            connected,
            "a namespace is heard while it is connected",
            heard,
        );
    }

    fn connected(&mut self, nsp: usize, heard: &Heard) {
        self.seen.note(Seen::Connected);
        self.old_acks_are_settled(nsp);
        let space = &mut self.spaces[nsp];
        let right = space.wanted && !space.connected;
        space.connected = true;
        space.connections += 1;
        self.law(right, "what is wanted is connected, once", heard);
    }

    /// Whoever asked on a connection that is lost has heard so.
    fn old_acks_are_settled(&mut self, nsp: usize) {
        let space = &self.spaces[nsp];
        let emitted = |n: &u64| space.emits.get(n);
        let old =
            space.awaited.values().filter_map(emitted).find(|own| {
                own.arrived > 0 && !matches!(own.delivery, Delivery::AtLeastOnce { .. })
            });
        let old = old.cloned();
        let law = "an ack is lost with the connection it was asked on";
        self.law(old.is_none(), law, &old);
    }

    fn disconnected(&mut self, nsp: usize, reason: &str, heard: &Heard) {
        let space = &mut self.spaces[nsp];
        let right = space.connected;
        space.connected = false;
        space.flying.clear();
        if reason == "io server disconnect" || !self.returns {
            space.wanted = false;
        }
        self.law(right, "what is connected is disconnected, once", heard);
    }

    fn message(&mut self, nsp: usize, text: &str, parts: &[Vec<u8>], is_question: bool) {
        let [n, room, place] = numbers(text)[..] else {
            // Nonsense, which is the host's to judge.
            return;
        };
        let whole = parts.iter().all(|part| *part == [9; 3]);
        self.law(whole, "attachments arrive as they were sent", &text);
        if is_question {
            self.seen.note(Seen::Asked);
            let last = std::mem::replace(&mut self.spaces[nsp].last_question, n);
            return self.law(n > last, "questions arrive in order, once", &(text, last));
        }
        self.seen.note(if parts.is_empty() {
            Seen::Received
        } else {
            Seen::ReceivedBinary
        });
        let space = &mut self.spaces[nsp];
        let doubled = space.doubled;
        let last = space.last_event.replace((n, room, place));
        let is_new = last.is_none_or(|(_, own, _)| room > own);
        let left = space.left && std::mem::replace(&mut space.left, !is_new);
        // What a server still sends to a connection that was left looks like what comes before CONNECT on the next one. And
        // `/` of a 2.x server may be joined in silence, and wanted later.
        let anywhere = left || self.engine_version == EngineVersion::Eio3 && space.name == "/";
        let follows = match last {
            Some((last, own, before)) if own == room => {
                n > last && (place == before + 1 || anywhere)
            }
            Some((last, own, _)) => n > last && room > own && (place == 0 || anywhere),
            None => place == 0 || anywhere,
        };
        self.law(
            follows || doubled,
            "events arrive in order, once, without a gap",
            &(text, last),
        );
    }

    fn acked(&mut self, nsp: usize, ack: u64, text: &str, parts: usize) {
        self.seen.note(Seen::Acked);
        let Some(n) = self.spaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}"));
        };
        let arrived = self.spaces[nsp]
            .emits
            .get(&n)
            .is_some_and(|own| own.arrived > 0);
        self.law(arrived, "what is answered has arrived", &(nsp, n));
        self.law(
            numbers(text) == [n],
            "an answer reaches its own emit",
            &(text, n),
        );
        self.law(parts <= 1, "attachments arrive as they were sent", &text);
    }

    fn ack_lost(&mut self, now: u64, nsp: usize, ack: u64, why: AckError) {
        let Some(n) = self.spaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}, {why:?}"));
        };
        let emitted = self.spaces[nsp].emits.get(&n);
        let retried =
            emitted.is_some_and(|own| matches!(own.delivery, Delivery::AtLeastOnce { .. }));
        let patient = emitted.is_none_or(|own| own.patience.is_some_and(|until| until <= now));
        let right = why != AckError::Timeout || patient;
        self.law(right, "an answer is waited for as long as was said", &ack);
        match why {
            AckError::Timeout | AckError::Disconnected if retried => {
                self.seen.note(Seen::RetriesSpent);
            }
            AckError::Timeout => self.seen.note(Seen::AckTimeout),
            AckError::Disconnected => self.seen.note(Seen::AckLost),
            AckError::Dropped => {
                self.seen.note(Seen::AckDropped);
                self.drops(nsp, n);
            }
        }
    }

    fn drops(&mut self, nsp: usize, n: u64) {
        let emitted = self.spaces[nsp].emits.get_mut(&n);
        let right = emitted.is_some_and(|own| {
            own.dropped = true;
            own.arrived == 0
        });
        self.law(right, "what is said to be dropped was not sent", &(nsp, n));
    }
}
