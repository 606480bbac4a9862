//! Facts about the client that outlive its sessions: counters, and connections that can be recovered.

use crate::sorted::SortedMap;

use super::connection::{Connection, Logged, State};
use crate::rng::Rng;

/// How long a lost connection can be recovered, in milliseconds (the default of socket.io).
const RECOVERY_WINDOW: u64 = 2 * 60_000;

#[derive(Debug, Default)]
pub(crate) struct Users {
    connections: u64,
    by_nsp: SortedMap<String, User>,
}

#[derive(Debug, Default)]
struct User {
    /// Whether the client ever sent CONNECT.
    known: bool,
    /// The number of events emitted to the client on any connection.
    events: u64,
    ack_events: u64,
    lost: Option<(u64, Connection)>,
}

impl Users {
    pub(super) fn new_connection(&mut self, nsp: &str, may_retry_at: u64) -> Connection {
        self.connections += 1;
        self.user(nsp).known = true;
        Connection {
            state: State::Requested,
            may_retry_at,
            earlier: None,
            number: self.connections,
            sent: 0,
            pid: None,
            log: Vec::new(),
        }
    }

    pub(super) fn was_connected(&self, nsp: &str) -> bool {
        self.by_nsp.get(nsp).is_some_and(|user| user.known)
    }

    /// Counts an event and returns its number.
    pub(super) fn next_event(&mut self, nsp: &str) -> u64 {
        let user = self.user(nsp);
        user.events += 1;
        user.events
    }

    /// Counts an event with an ack and returns its number.
    pub(super) fn next_ack_event(&mut self, nsp: &str) -> u64 {
        let user = self.user(nsp);
        user.ack_events += 1;
        user.ack_events
    }

    /// Keeps the connection of an ended session for recovery.
    pub(super) fn connection_lost(&mut self, nsp: &str, connection: Connection, now: u64) {
        if connection.pid.is_some() {
            self.user(nsp).lost = Some((now, connection));
        }
    }

    /// Returns the connection that the CONNECT payload `data` asks to recover, and the events that the client has missed.
    pub(super) fn recover(
        &mut self,
        nsp: &str,
        data: &str,
        now: u64,
    ) -> Option<(Connection, Vec<Logged>)> {
        let pid = member(data, "pid")?;
        let offset = member(data, "offset")?;
        let user = self.user(nsp);
        let (at, connection) = user.lost.as_ref()?;
        if connection.pid.as_deref() != Some(pid) || now > at + RECOVERY_WINDOW {
            return None;
        }
        let last = connection
            .log
            .iter()
            .position(|logged| logged.offset == offset)?;
        let missed = connection.log[last + 1..].to_vec();
        let (_, connection) = user.lost.take()?;
        Some((connection, missed))
    }

    pub(super) fn forget_sessions(&mut self) {
        for user in self.by_nsp.values_mut() {
            user.lost = None;
        }
    }

    /// Emits events to lost connections that may be recovered.
    pub(super) fn broadcast(&mut self, rng: &mut Rng, frequency: u64) {
        for user in self.by_nsp.values_mut() {
            let Some((_, connection)) = &mut user.lost else {
                continue;
            };
            if rng.per_mille(frequency) {
                user.events += 1;
                connection.next_event(user.events);
            }
        }
    }

    fn user(&mut self, nsp: &str) -> &mut User {
        self.by_nsp.get_or_default(nsp.to_owned())
    }
}

/// Returns the string under a key of a flat JSON object.
fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = object.split_once(&format!("\"{key}\":\""))?;
    rest.split('"').next()
}
