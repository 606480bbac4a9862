//! The heartbeat of both Engine.IO versions: who pings when, and when a silent peer counts as dead.
//!
//! Source: engine.io-protocol 3 and 4; engine.io-client 3.5 (`onHeartbeat`, `setPing`) and 6.6 (`_resetPingTimeout`).

use crate::config::Config;
use crate::engine_version::{EngineVersion, Pinger};
use crate::time::{Millis, Time};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Heartbeat {
    interval: Millis,
    timeout: Millis,
    /// When a silent peer counts as dead.
    deadline: Time,
    ping_state: PingState,
}

#[derive(Debug)]
enum PingState {
    /// The server pings.
    ServerPings,
    /// The client pings next at this time.
    NextPing(Time),
    /// The client has pinged, and no pong has arrived yet.
    AwaitingPong,
}

/// The intervals of the heartbeat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intervals {
    /// How often the server pings.
    server: Millis,
    /// How often the client pings.
    client: Millis,
    /// How long an answer, or a server ping that is due, may take.
    timeout: Millis,
}

impl Intervals {
    /// Returns the server's intervals, shortened where the configuration says so.
    pub(crate) fn new(handshake: &Handshake, config: &Config) -> Intervals {
        let shorter = |offered: Millis, wanted: Option<Millis>| {
            wanted.map_or(offered, |wanted| wanted.min(offered))
        };
        Intervals {
            server: handshake.ping_interval,
            client: shorter(handshake.ping_interval, config.ping_every),
            timeout: shorter(handshake.ping_timeout, config.ping_grace),
        }
    }

    /// Returns how often the server pings, or expects to be pinged.
    pub(crate) fn server(&self) -> Millis {
        self.server
    }
}

/// A heartbeat event that is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeartbeatAction {
    Ping,
    Dead,
}

impl Heartbeat {
    pub(crate) fn start(version: EngineVersion, intervals: Intervals, at: Time) -> Heartbeat {
        let (interval, ping_state) = match version.pinger() {
            Pinger::Server => (intervals.server, PingState::ServerPings),
            Pinger::Client => (intervals.client, PingState::NextPing(at + intervals.client)),
        };
        let timeout = intervals.timeout;
        Heartbeat {
            interval,
            timeout,
            deadline: at + interval.saturating_add(timeout),
            ping_state,
        }
    }

    /// Makes the next ping due at once, if the client pings.
    pub(crate) fn ping_now(&mut self, now: Time) {
        if let PingState::NextPing(at) = &mut self.ping_state {
            *at = now;
        }
    }

    /// Notes a packet. A server that pings is alive while it pings, a pinged one while it sends any packet.
    pub(crate) fn on_packet(&mut self, kind: EngineType, now: Time) {
        let is_alive = match self.ping_state {
            PingState::ServerPings => kind == EngineType::Ping,
            PingState::NextPing(_) | PingState::AwaitingPong => true,
        };
        if is_alive {
            self.deadline = now + self.interval.saturating_add(self.timeout);
        }
        if kind == EngineType::Pong && matches!(self.ping_state, PingState::AwaitingPong) {
            self.ping_state = PingState::NextPing(now + self.interval);
        }
    }

    /// Lets time pass. Checks for a dead peer first, because after a sleep of the device both may be due.
    pub(crate) fn expire(&mut self, now: Time) -> Option<HeartbeatAction> {
        if now >= self.deadline {
            return Some(HeartbeatAction::Dead);
        }
        match self.ping_state {
            PingState::NextPing(at) if now >= at => {
                self.ping_state = PingState::AwaitingPong;
                self.deadline = now + self.timeout;
                Some(HeartbeatAction::Ping)
            }
            _ => None,
        }
    }

    pub(crate) fn next_timeout(&self) -> Time {
        match self.ping_state {
            PingState::NextPing(at) => at.min(self.deadline),
            PingState::ServerPings | PingState::AwaitingPong => self.deadline,
        }
    }
}
