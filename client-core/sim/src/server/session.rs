//! One Engine.IO session at the server: its transport, its heartbeat, and its connections to namespaces.

use crate::sorted::{SortedMap, SortedSet};

use tidewire_core::EngineVersion;

use super::carrier::{Carrier, Upgrade};
use super::connection::{Connection, Delayed};
use super::shared::{LinkAction, Shared};
use crate::coverage::Seen;
use crate::plan::ServerPlan;
use crate::wire::{Sio, Wire};

/// How long a client waits for evidence of 2.x, in milliseconds (`Config::detection`).
const DETECTION: u64 = 1_000;

pub(super) struct Session {
    pub(super) sid: String,
    pub(super) carrier: Carrier,
    pub(super) connections: SortedMap<String, Connection>,
    /// Answers that the session gives later, with their times.
    pub(super) delayed: Vec<(u64, Delayed)>,
    /// A packet with missing attachments.
    pub(super) partial: Option<(Sio, Vec<Vec<u8>>)>,
    /// When the next ping is sent (Engine.IO 4).
    pub(super) next_ping: Option<u64>,
    /// When the ping times out.
    pub(super) timeout_at: u64,
    /// Namespaces whose packets the client cannot assign to a connection: after a DISCONNECT or a second CONNECT.
    pub(super) ambiguous: SortedSet<String>,
    /// Namespaces that were connected in this session.
    pub(super) ever_connected: SortedSet<String>,
    /// Namespaces that wait for `/` (2.x).
    pub(super) waiting_for_root: Vec<String>,
    /// When a client without evidence of 2.x takes the server for a later one.
    misread_at: u64,
    /// Whether the client has had evidence of 2.x in time.
    identified: bool,
    may_upgrade: bool,
    /// How many more WebSockets may be opened for an upgrade. One that is refused beside a WebTransport is tried again.
    websockets_left: u32,
    /// The WebTransport that was last opened for an upgrade.
    pub(super) webtransport: Option<u32>,
    pub(super) silent: bool,
    pub(super) ended: bool,
    /// Whether the client has closed the session; then it cannot be recovered.
    pub(super) closed_by_client: bool,
}

impl Session {
    pub(super) fn open(now: u64, sid: String, carrier: Carrier, shared: &mut Shared) -> Session {
        let plan = &shared.plan;
        let is_polling = matches!(carrier, Carrier::Polling { .. });
        let connect_timeout = plan.ping_interval + plan.ping_timeout;
        let may_upgrade = plan.offers_upgrade && is_polling;
        let mut session = Session {
            carrier,
            connections: SortedMap::new(),
            delayed: Vec::new(),
            partial: None,
            next_ping: (shared.engine_version == EngineVersion::Eio4)
                .then_some(now + plan.ping_interval),
            timeout_at: now + connect_timeout,
            ambiguous: SortedSet::default(),
            ever_connected: SortedSet::default(),
            waiting_for_root: Vec::new(),
            // The client counts from the arrival of the handshake, and packets may arrive later still.
            misread_at: now + DETECTION / 2,
            // The format of a polling body is evidence.
            identified: is_polling,
            may_upgrade,
            webtransport: None,
            websockets_left: if plan.offers_webtransport { 2 } else { 1 },
            silent: false,
            ended: false,
            closed_by_client: false,
            sid,
        };
        let handshake = session.handshake(shared);
        session.send(Wire::Text(handshake), shared);
        if shared.engine_version == EngineVersion::Eio3 {
            session.connect_root(now, shared);
        }
        shared.seen.note(match (shared.engine_version, is_polling) {
            (EngineVersion::Eio3, true) => Seen::OpenedEio3Polling,
            (EngineVersion::Eio3, false) => Seen::OpenedEio3WebSocket,
            (EngineVersion::Eio4, true) => Seen::OpenedEio4Polling,
            (EngineVersion::Eio4, false) => Seen::OpenedEio4WebSocket,
        });
        session
    }

    fn handshake(&self, shared: &Shared) -> String {
        let plan = &shared.plan;
        let upgrades = match (self.may_upgrade, plan.offers_webtransport) {
            (true, true) => "\"websocket\",\"webtransport\"",
            (true, false) => "\"websocket\"",
            _ => "",
        };
        let max = plan
            .max_payload
            .map_or(String::new(), |max| format!(",\"maxPayload\":{max}"));
        format!(
            "0{{\"sid\":\"{}\",\"upgrades\":[{upgrades}],\"pingInterval\":{},\"pingTimeout\":{}{max}}}",
            self.sid, plan.ping_interval, plan.ping_timeout
        )
    }

    // ---- sending ----

    pub(super) fn send(&mut self, wire: Wire, shared: &mut Shared) {
        if self.silent {
            return;
        }
        match &mut self.carrier {
            Carrier::Socket(link) => shared.out.push(LinkAction::Frame(*link, wire)),
            Carrier::Polling { queue, .. } => {
                queue.push(wire);
                self.flush(shared);
            }
        }
    }

    /// Answers the waiting GET if packets are queued or the client is upgrading.
    pub(super) fn flush(&mut self, shared: &mut Shared) {
        let Carrier::Polling {
            get,
            queue,
            upgrade,
        } = &mut self.carrier
        else {
            return;
        };
        let upgrading = matches!(upgrade, Upgrade::Probed(_));
        if queue.is_empty() && !upgrading || self.silent {
            return;
        }
        let Some(link) = get.take() else { return };
        let mut packets = std::mem::take(queue);
        if packets.is_empty() {
            packets.push(noop());
        }
        shared.out.push(LinkAction::Response(link, packets));
    }

    // ---- links ----

    pub(super) fn is_polling(&self) -> bool {
        matches!(self.carrier, Carrier::Polling { .. })
    }

    pub(super) fn may_upgrade(&self) -> bool {
        let free = matches!(
            self.carrier,
            Carrier::Polling {
                upgrade: Upgrade::None,
                ..
            }
        );
        self.may_upgrade && free
    }

    /// Counts a WebSocket for an upgrade. Returns whether the client should not have opened it.
    pub(super) fn is_one_websocket_too_many(&mut self) -> bool {
        let left = self.websockets_left.checked_sub(1);
        self.websockets_left = left.unwrap_or(0);
        left.is_none() || !self.may_upgrade
    }

    pub(super) fn begin_upgrade(&mut self, link: u32) {
        if let Carrier::Polling { upgrade, .. } = &mut self.carrier {
            *upgrade = Upgrade::Open(link);
        }
    }

    pub(super) fn socket_closed(&mut self, link: u32) {
        match &mut self.carrier {
            Carrier::Socket(own) if *own == link => self.ended = true,
            Carrier::Polling { upgrade, .. } => match *upgrade {
                Upgrade::Open(own) | Upgrade::Probed(own) if own == link => {
                    *upgrade = Upgrade::None;
                }
                _ => {}
            },
            Carrier::Socket(_) => {}
        }
    }

    pub(super) fn forget_get(&mut self, link: u32) {
        if let Carrier::Polling { get, .. } = &mut self.carrier
            && *get == Some(link)
        {
            *get = None;
        }
    }

    // ---- time and faults ----

    pub(super) fn tick(&mut self, now: u64, shared: &mut Shared) {
        if self.next_ping.is_some_and(|at| at <= now) {
            // The next ping follows the pong of this one (engine.io 6, `schedulePing`).
            self.next_ping = None;
            self.timeout_at = now + shared.plan.ping_timeout;
            self.send(Wire::Text("2".to_owned()), shared);
        }
        if self.timeout_at <= now {
            shared.seen.note(Seen::ClientFoundDead);
            self.ended = true;
        }
        while let Some(at) = self.delayed.iter().position(|(at, _)| *at <= now) {
            let (_, delayed) = self.delayed.remove(at);
            self.run_delayed(now, delayed, shared);
        }
    }

    /// Returns whether the client may take this 2.x server for a later one, because `/` was slow now or before.
    pub(super) fn may_be_misread(&self, now: u64, shared: &Shared) -> bool {
        shared.misread || now >= self.misread_at && !self.identified
    }

    /// `/` is connected, which is evidence of 2.x.
    pub(super) fn identify(&mut self, now: u64, shared: &Shared) {
        self.identified |= shared.is_prompt && now < self.misread_at;
    }

    pub(super) fn next_timeout(&self) -> Option<u64> {
        let delayed = self.delayed.iter().map(|(at, _)| *at).min();
        [self.next_ping, Some(self.timeout_at), delayed]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn step(&mut self, plan: &ServerPlan, shared: &mut Shared) {
        if shared.rng.per_mille(plan.silence) {
            shared.seen.note(Seen::ServerSilent);
            self.silent = true;
        }
        if shared.rng.per_mille(plan.kick) {
            self.kick(shared);
        }
        if shared.rng.per_mille(plan.emits) {
            self.emit_some(shared);
        }
        if shared.rng.per_mille(plan.errors) {
            self.report_error(shared);
        }
        if shared.rng.per_mille(plan.malformed) {
            self.send_malformed(shared);
        }
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Closes the links of the ended session and keeps its connections for recovery.
    pub(super) fn close_links(&mut self, now: u64, shared: &mut Shared) {
        // A client behind a broken link keeps waiting.
        shared.misread |= shared.engine_version == EngineVersion::Eio3 && !self.identified;
        match &mut self.carrier {
            Carrier::Socket(link) => shared.out.push(LinkAction::Close(*link)),
            Carrier::Polling { get, upgrade, .. } => {
                if let Some(get) = get.take() {
                    shared.out.push(if self.closed_by_client {
                        LinkAction::Response(get, vec![noop()])
                    } else {
                        LinkAction::Refuse(get)
                    });
                }
                if let Upgrade::Open(link) | Upgrade::Probed(link) = *upgrade {
                    shared.out.push(LinkAction::Close(link));
                }
            }
        }
        for (name, connection) in std::mem::take(&mut self.connections) {
            shared.users.connection_lost(&name, connection, now);
        }
    }
}

pub(super) fn noop() -> Wire {
    Wire::Text("6".to_owned())
}
