//! The laws of machine outputs: events for the application.

use tidewire_core::{AckError, Delivery, EngineVersion};

use super::Oracle;
use crate::coverage::Seen;
use crate::machine::AppEvent;
use crate::wire::numbers;

impl Oracle {
    pub(super) fn on_event(&mut self, now: u64, event: &AppEvent) {
        match event {
            AppEvent::OpenFailed(_) => {
                self.seen.note(Seen::OpenFailed);
                self.connection_lost();
            }
            AppEvent::Closed(reason) => {
                self.seen_reason(reason);
                let left = self.namespaces.iter().any(|namespace| namespace.connected);
                self.law(
                    !left,
                    "namespaces disconnect before the connection closes",
                    &event,
                );
                self.connection_lost();
            }
            AppEvent::ReconnectFailed => {
                self.seen.note(Seen::ReconnectFailed);
                self.namespaces
                    .iter_mut()
                    .for_each(|namespace| namespace.wanted = false);
            }
            AppEvent::Reconnecting(..) => self.seen.note(Seen::Reconnecting),
            AppEvent::UpgradeFailed(_) => self.seen.note(Seen::UpgradeFailed),
            AppEvent::Opened | AppEvent::Upgraded | AppEvent::Malformed(_) => {}
            AppEvent::AuthRequired(nsp) => {
                let holds = self.namespaces[*nsp].wanted && !self.namespaces[*nsp].connected;
                self.law(holds, "auth is required for wanted namespaces", &event);
            }
            AppEvent::Connected(nsp, _) => self.connected(*nsp, event),
            AppEvent::ConnectError(nsp, why) => {
                if why == "Timeout" {
                    self.seen.note(Seen::ConnectTimeout);
                }
                let namespace = &mut self.namespaces[*nsp];
                let right = namespace.wanted && !namespace.connected;
                namespace.wanted = false;
                // A late packet of the refused connection is ignored, as after a disconnect.
                namespace.left = true;
                self.law(right, "a refusal is for a requested namespace", &event);
            }
            AppEvent::Disconnected(nsp, reason) => self.disconnected(*nsp, reason, event),
            AppEvent::ServerError(nsp) => self.must_be_connected(*nsp, event),
            AppEvent::Message(nsp, text, parts, reply_to) => {
                self.must_be_connected(*nsp, event);
                if let Some(reply_to) = reply_to {
                    let namespace = &mut self.namespaces[*nsp];
                    namespace
                        .open_replies
                        .insert(*reply_to, namespace.connections);
                }
                self.message(*nsp, text, parts, reply_to.is_some());
            }
            AppEvent::EmitDropped(nsp, text) => {
                self.seen.note(Seen::OfflineDropped);
                let n = numbers(text).first().copied().unwrap_or(0);
                self.dropped(*nsp, n);
            }
            AppEvent::Acked(nsp, ack, text, parts) => {
                self.must_be_connected(*nsp, event);
                self.acked(*nsp, *ack, text, *parts);
            }
            AppEvent::AckLost(nsp, ack, why) => self.ack_lost(now, *nsp, *ack, *why),
        }
    }

    fn connection_lost(&mut self) {
        if !self.reconnects {
            self.namespaces
                .iter_mut()
                .for_each(|namespace| namespace.wanted = false);
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

    fn must_be_connected(&mut self, nsp: usize, event: &AppEvent) {
        let connected = self.namespaces[nsp].connected;
        self.law(
            connected,
            "a namespace has events while it is connected",
            event,
        );
    }

    fn connected(&mut self, nsp: usize, event: &AppEvent) {
        self.seen.note(Seen::Connected);
        self.old_acks_are_settled(nsp);
        let namespace = &mut self.namespaces[nsp];
        let right = namespace.wanted && !namespace.connected;
        namespace.connected = true;
        namespace.connections += 1;
        self.law(right, "a wanted namespace connects once", event);
    }

    /// Acks of a lost connection must be settled.
    fn old_acks_are_settled(&mut self, nsp: usize) {
        let namespace = &self.namespaces[nsp];
        let emitted = |n: &u64| namespace.emits.get(n);
        let old =
            namespace.awaited.values().filter_map(emitted).find(|own| {
                own.arrived > 0 && !matches!(own.delivery, Delivery::AtLeastOnce { .. })
            });
        let old = old.cloned();
        let law = "an ack is lost with the connection of its emit";
        self.law(old.is_none(), law, &old);
    }

    fn disconnected(&mut self, nsp: usize, reason: &str, event: &AppEvent) {
        let namespace = &mut self.namespaces[nsp];
        let right = namespace.connected;
        namespace.connected = false;
        namespace.in_flight.clear();
        if reason == "io server disconnect" || !self.reconnects {
            namespace.wanted = false;
        }
        self.law(right, "a connected namespace disconnects once", event);
    }

    fn message(&mut self, nsp: usize, text: &str, parts: &[Vec<u8>], wants_ack: bool) {
        let [n, connection, place] = numbers(text)[..] else {
            // A malformed payload, which the host must reject.
            return;
        };
        let whole = parts.iter().all(|part| *part == [9; 3]);
        self.law(whole, "attachments arrive unchanged", &text);
        if wants_ack {
            self.seen.note(Seen::ReceivedWithAck);
            let last = std::mem::replace(&mut self.namespaces[nsp].last_ack_event, n);
            return self.law(
                n > last,
                "events with an ack arrive in order, once",
                &(text, last),
            );
        }
        self.seen.note(if parts.is_empty() {
            Seen::Received
        } else {
            Seen::ReceivedBinary
        });
        let namespace = &mut self.namespaces[nsp];
        let doubled = namespace.doubled;
        let last = namespace.last_event.replace((n, connection, place));
        let is_new = last.is_none_or(|(_, own, _)| connection > own);
        let left = namespace.left && std::mem::replace(&mut namespace.left, !is_new);
        // An event sent to a connection that the client has left looks like an early event of the next one. And a 2.x server
        // connects `/` by itself, before the application wants it.
        let anywhere = left || self.engine_version == EngineVersion::Eio3 && namespace.name == "/";
        let follows = match last {
            Some((last, own, before)) if own == connection => {
                n > last && (place == before + 1 || anywhere)
            }
            Some((last, own, _)) => n > last && connection > own && (place == 0 || anywhere),
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
        let Some(n) = self.namespaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}"));
        };
        let arrived = self.namespaces[nsp]
            .emits
            .get(&n)
            .is_some_and(|own| own.arrived > 0);
        self.law(arrived, "an acknowledged emit has arrived", &(nsp, n));
        self.law(
            numbers(text) == [n],
            "an ack reaches its own emit",
            &(text, n),
        );
        self.law(parts <= 1, "attachments arrive unchanged", &text);
    }

    fn ack_lost(&mut self, now: u64, nsp: usize, ack: u64, why: AckError) {
        let Some(n) = self.namespaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}, {why:?}"));
        };
        let emitted = self.namespaces[nsp].emits.get(&n);
        let retried =
            emitted.is_some_and(|own| matches!(own.delivery, Delivery::AtLeastOnce { .. }));
        let expired = emitted.is_none_or(|own| own.deadline.is_some_and(|until| until <= now));
        let right = why != AckError::Timeout || expired;
        self.law(right, "an ack does not time out early", &ack);
        match why {
            AckError::Timeout | AckError::Disconnected if retried => {
                self.seen.note(Seen::RetriesSpent);
            }
            AckError::Timeout => self.seen.note(Seen::AckTimeout),
            AckError::Disconnected => self.seen.note(Seen::AckLost),
            AckError::Dropped => {
                self.seen.note(Seen::AckDropped);
                self.dropped(nsp, n);
            }
        }
    }

    fn dropped(&mut self, nsp: usize, n: u64) {
        let emitted = self.namespaces[nsp].emits.get_mut(&n);
        let right = emitted.is_some_and(|own| {
            own.dropped = true;
            own.arrived == 0
        });
        self.law(right, "a dropped emit was not sent", &(nsp, n));
    }
}
