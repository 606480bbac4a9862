//! The heartbeat of both Engine.IO versions: who pings when, and when silence means death.
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
    /// When the peer is dead unless something has been heard.
    deadline: Time,
    ping_state: PingState,
}

#[derive(Debug)]
enum PingState {
    /// The server pings.
    ServerPings,
    /// The client pings next at this time.
    NextPing(Time),
    /// The client has pinged, and no pong has come yet.
    AwaitingPong,
}

/// How fast the heart beats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intervals {
    /// How often the server pings.
    server: Millis,
    /// How often the client does.
    client: Millis,
    /// How long an answer, or a ping that is due, may take.
    timeout: Millis,
}

impl Intervals {
    /// As the server says, or faster where that is wanted.
    pub(crate) fn new(handshake: &Handshake, config: &Config) -> Intervals {
        let sooner =
            |said: Millis, wanted: Option<Millis>| wanted.map_or(said, |own| own.min(said));
        Intervals {
            server: handshake.ping_interval,
            client: sooner(handshake.ping_interval, config.ping_every),
            timeout: sooner(handshake.ping_timeout, config.ping_grace),
        }
    }

    /// How often the server pings, or wants to be pinged.
    pub(crate) fn server(&self) -> Millis {
        self.server
    }
}

/// What a heartbeat wants done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeartbeatAction {
    Ping,
    Dead,
}

impl Heartbeat {
    pub(crate) fn start(
        engine_version: EngineVersion,
        intervals: Intervals,
        at: Time,
    ) -> Heartbeat {
        let (interval, ping_state) = match engine_version.pinger() {
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

    /// Pings at once if the client does the pinging: there is a reason to doubt.
    pub(crate) fn ping_now(&mut self, now: Time) {
        if let PingState::NextPing(at) = &mut self.ping_state {
            *at = now;
        }
    }

    /// A packet has come. A pinging server is alive while it pings, a pinged one while it says anything.
    pub(crate) fn on_packet(&mut self, kind: EngineType, now: Time) {
        let lives = match self.ping_state {
            PingState::ServerPings => kind == EngineType::Ping,
            PingState::NextPing(_) | PingState::AwaitingPong => true,
        };
        if lives {
            self.deadline = now + self.interval.saturating_add(self.timeout);
        }
        if kind == EngineType::Pong && matches!(self.ping_state, PingState::AwaitingPong) {
            self.ping_state = PingState::NextPing(now + self.interval);
        }
    }

    /// Lets time pass. Death is looked for first: after a sleep both may be due.
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
