//! The laws of a run. Each law is a sentence; the first broken one ends the run.
//!
//! This file has the laws of application calls and of packets that reach the server.

mod actions;
mod events;

use crate::sorted::{SortedMap, SortedSet};

use tidewire_core::{Config, Delivery, EngineVersion};

use crate::coverage::{Coverage, Seen};
use crate::server::Received;
use crate::wire::numbers;

/// An emit that the machine has accepted.
#[derive(Clone, Debug)]
struct Emitted {
    ack: Option<u64>,
    delivery: Delivery,
    attachments: usize,
    /// The time until which the machine must wait for the ack, or for that of the last retry.
    deadline: Option<u64>,
    arrived: u32,
    /// How often the machine has sent the emit.
    sent: u32,
    /// Whether the machine has reported the emit as dropped.
    dropped: bool,
}

#[derive(Debug, Default)]
struct Namespace {
    name: String,
    wanted: bool,
    connected: bool,
    emits: SortedMap<u64, Emitted>,
    /// The number of the emit of each awaited ack.
    awaited: SortedMap<u64, u64>,
    /// The last emit without retries that arrived on each server connection.
    last_once: SortedMap<u64, u64>,
    /// The newest emit with retries that has arrived.
    last_retried: u64,
    /// The last received event: its number, its server connection, and its place there.
    last_event: Option<(u64, u64, u64)>,
    last_ack_event: u64,
    /// Emits with retries that are in flight on this connection.
    in_flight: SortedSet<u64>,
    /// The application has disconnected, and no event of a later connection has arrived yet.
    left: bool,
    replies: SortedSet<(u64, u64)>,
    /// Whether two connections of the namespace may live side by side.
    doubled: bool,
    /// The number of connections so far.
    connections: u64,
    /// The connection of each received event with an ack.
    open_replies: SortedMap<usize, u64>,
}

impl Namespace {
    /// Returns whether the ack of an emit is awaited.
    fn is_awaited(&self, n: &u64) -> bool {
        let ack = self.emits.get(n).and_then(|own| own.ack);
        ack.is_some_and(|ack| self.awaited.contains_key(&ack))
    }
}

pub(crate) struct Oracle {
    namespaces: Vec<Namespace>,
    engine_version: EngineVersion,
    reconnects: bool,
    window: usize,
    links: SortedMap<u32, String>,
    last_link: u32,
    gets: SortedMap<String, u32>,
    posts: SortedMap<String, u32>,
    pub(crate) faults: Vec<String>,
    pub(crate) seen: Coverage,
}

impl Oracle {
    pub(crate) fn new(names: &[&str], engine_version: EngineVersion, config: &Config) -> Oracle {
        let namespace = |name: &&str| Namespace {
            name: (*name).to_owned(),
            ..Namespace::default()
        };
        Oracle {
            namespaces: names.iter().map(namespace).collect(),
            engine_version,
            reconnects: config.reconnection.is_some(),
            window: config.retry_window.max(1),
            links: SortedMap::new(),
            last_link: 0,
            gets: SortedMap::new(),
            posts: SortedMap::new(),
            faults: Vec::new(),
            seen: Coverage::default(),
        }
    }

    pub(crate) fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }

    fn law(&mut self, holds: bool, law: &str, what: &impl std::fmt::Debug) {
        if !holds {
            self.fault(format!("{law}: {what:?}"));
        }
    }

    // ---- the application ----

    pub(crate) fn connects(&mut self, nsp: usize) {
        self.namespaces[nsp].wanted = true;
    }

    pub(crate) fn is_wanted(&self, nsp: usize) -> bool {
        self.namespaces[nsp].wanted
    }

    pub(crate) fn disconnects(&mut self, nsp: usize) {
        self.namespaces[nsp].wanted = false;
        self.namespaces[nsp].left = true;
    }

    pub(crate) fn is_connected(&self, nsp: usize) -> bool {
        self.namespaces[nsp].connected
    }

    /// The application calls emit with the number `n`.
    pub(crate) fn emits(
        &mut self,
        nsp: usize,
        n: u64,
        delivery: Delivery,
        attachments: usize,
        deadline: Option<u64>,
    ) {
        let emitted = Emitted {
            ack: None,
            delivery,
            attachments,
            deadline,
            arrived: 0,
            sent: 0,
            dropped: false,
        };
        self.namespaces[nsp].emits.insert(n, emitted);
    }

    pub(crate) fn emit_accepted(&mut self, nsp: usize, n: u64, ack: Option<u64>) {
        let namespace = &mut self.namespaces[nsp];
        let Some(ack) = ack else { return };
        let fresh = namespace.awaited.insert(ack, n).is_none();
        if let Some(emitted) = namespace.emits.get_mut(&n) {
            emitted.ack = Some(ack);
        }
        self.law(fresh, "an ack id is used once", &ack);
    }

    pub(crate) fn emit_refused(&mut self, nsp: usize, n: u64) {
        self.namespaces[nsp].emits.remove(&n);
    }

    /// The machine has accepted or refused a reply.
    pub(crate) fn replied(&mut self, nsp: usize, reply_to: usize, accepted: bool) {
        self.seen.note(match accepted {
            true => Seen::Replied,
            false => Seen::StaleReply,
        });
        let namespace = &self.namespaces[nsp];
        let connection = namespace.open_replies.get(&reply_to);
        let current = namespace.connected && connection == Some(&namespace.connections);
        let law = "a reply is accepted while the connection of its event lives, and only then";
        self.law(accepted == current, law, &(nsp, reply_to));
    }

    /// Returns the newest awaited ack.
    pub(crate) fn some_ack(&self, nsp: usize) -> Option<u64> {
        self.namespaces[nsp].awaited.keys().next_back().copied()
    }

    pub(crate) fn cancels(&mut self, nsp: usize, ack: u64) {
        self.namespaces[nsp].awaited.remove(&ack);
    }

    /// The application has cleared the offline buffer.
    pub(crate) fn cleared(&mut self, nsp: usize) {
        let namespace = &self.namespaces[nsp];
        let forgotten = namespace.awaited.values().any(|n| {
            let emitted = namespace.emits.get(n);
            emitted.is_some_and(|own| own.delivery == Delivery::Once)
        });
        let holds = namespace.connected || !forgotten;
        self.law(holds, "a cleared emit loses its ack", &nsp);
    }

    pub(crate) fn awaited(&self, nsp: usize) -> Vec<u64> {
        self.namespaces[nsp].awaited.keys().copied().collect()
    }

    // ---- the server ----

    /// The client has sent CONNECT again before the first answer.
    pub(crate) fn doubled(&mut self, name: &str) {
        let namespaces = self.namespaces.iter_mut();
        namespaces
            .filter(|namespace| namespace.name == name)
            .for_each(|namespace| namespace.doubled = true);
    }

    pub(crate) fn on_received(&mut self, received: &Received) {
        let Some(at) = self
            .namespaces
            .iter()
            .position(|namespace| namespace.name == received.nsp)
        else {
            return self.fault(format!(
                "a packet is for a namespace of the application: {received:?}"
            ));
        };
        if received.is_ack {
            return self.received_reply(at, received);
        }
        let n = numbers(&received.text).first().copied().unwrap_or(0);
        let namespace = &mut self.namespaces[at];
        let Some(emitted) = namespace.emits.get_mut(&n) else {
            return self.fault(format!(
                "an arriving event was emitted and accepted: {received:?}"
            ));
        };
        emitted.arrived += 1;
        let emitted = emitted.clone();
        let whole = emitted.attachments == received.attachments.len()
            && received
                .attachments
                .iter()
                .all(|part| part.len() as u64 == n % 50);
        self.law(whole, "an emit arrives unchanged", &received);
        self.law(
            emitted.ack == received.id,
            "an emit carries its own ack id",
            &received,
        );
        self.law(
            !emitted.dropped,
            "a dropped emit does not arrive",
            &received,
        );
        self.seen.note(if emitted.attachments > 0 {
            Seen::DeliveredBinary
        } else {
            Seen::Delivered
        });
        if matches!(emitted.delivery, Delivery::AtLeastOnce { .. }) {
            self.received_retried(at, n, &emitted);
        } else {
            self.received_once(at, n, &emitted, received.connection);
        }
    }

    fn received_once(&mut self, at: usize, n: u64, emitted: &Emitted, connection: u64) {
        let last = self.namespaces[at]
            .last_once
            .insert(connection, n)
            .unwrap_or(0);
        self.law(emitted.arrived == 1, "an emit arrives once", &n);
        self.law(n > last, "emits arrive in order", &(n, last));
    }

    fn received_retried(&mut self, at: usize, n: u64, emitted: &Emitted) {
        if emitted.arrived > 1 {
            return self.seen.note(Seen::Retried);
        }
        let namespace = &mut self.namespaces[at];
        if emitted
            .ack
            .is_some_and(|ack| !namespace.awaited.contains_key(&ack))
        {
            // Its retries were spent while it was on a stalled link.
            return;
        }
        let last = std::mem::replace(&mut namespace.last_retried, n);
        let law = "retried emits first arrive in order";
        self.law(n > last, law, &(n, last));
    }

    fn received_reply(&mut self, at: usize, received: &Received) {
        let [connection, id] = numbers(&received.text)[..] else {
            return self.fault(format!("a reply arrives unchanged: {received:?}"));
        };
        self.law(
            received.id == Some(id),
            "a reply carries the ack id of its event",
            &received,
        );
        // An event sent to a connection that the client has left looks like an early event of the next one, where the server does
        // not know the ack id.
        if connection == received.connection {
            let fresh = self.namespaces[at].replies.insert((connection, id));
            self.law(fresh, "an event is acknowledged once", &received);
        }
    }
}
