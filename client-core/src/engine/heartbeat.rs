//! The heartbeat of both dialects: who pings when, and when silence means death.
//!
//! Source: engine.io-protocol 3 and 4; engine.io-client 3.5 (`onHeartbeat`, `setPing`) and 6.6 (`_resetPingTimeout`).

use crate::config::Config;
use crate::dialect::{Dialect, Pinger};
use crate::time::{Millis, Time};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Heartbeat {
    interval: Millis,
    timeout: Millis,
    /// When the peer is dead unless something has been heard.
    deadline: Time,
    turn: Turn,
}

#[derive(Debug)]
enum Turn {
    /// The server pings.
    Theirs,
    /// The client pings next at this time.
    Ours(Time),
    /// The client has pinged, and no pong has come yet.
    Asked,
}

/// How fast the heart beats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How often the server pings.
    theirs: Millis,
    /// How often the client does.
    ours: Millis,
    /// How long an answer, or a ping that is due, may take.
    timeout: Millis,
}

impl Pace {
    /// As the server says, or faster where that is wanted.
    pub(crate) fn new(handshake: &Handshake, config: &Config) -> Pace {
        let sooner =
            |said: Millis, wanted: Option<Millis>| wanted.map_or(said, |own| own.min(said));
        Pace {
            theirs: handshake.ping_interval,
            ours: sooner(handshake.ping_interval, config.ping_every),
            timeout: sooner(handshake.ping_timeout, config.ping_grace),
        }
    }

    /// How often the server pings, or wants to be pinged.
    pub(crate) fn theirs(&self) -> Millis {
        self.theirs
    }
}

/// What a heartbeat wants done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    Ping,
    Dead,
}

impl Heartbeat {
    pub(crate) fn start(dialect: Dialect, pace: Pace, at: Time) -> Heartbeat {
        let (interval, turn) = match dialect.pinger() {
            Pinger::Server => (pace.theirs, Turn::Theirs),
            Pinger::Client => (pace.ours, Turn::Ours(at + pace.ours)),
        };
        let timeout = pace.timeout;
        Heartbeat {
            interval,
            timeout,
            deadline: at + interval.saturating_add(timeout),
            turn,
        }
    }

    /// Pings at once if the client does the pinging: there is a reason to doubt.
    pub(crate) fn hurry(&mut self, now: Time) {
        if let Turn::Ours(at) = &mut self.turn {
            *at = now;
        }
    }

    /// A packet has come. A pinging server is alive while it pings, a pinged one while it says anything.
    pub(crate) fn heard(&mut self, kind: EngineType, now: Time) {
        let lives = match self.turn {
            Turn::Theirs => kind == EngineType::Ping,
            Turn::Ours(_) | Turn::Asked => true,
        };
        if lives {
            self.deadline = now + self.interval.saturating_add(self.timeout);
        }
        if kind == EngineType::Pong && matches!(self.turn, Turn::Asked) {
            self.turn = Turn::Ours(now + self.interval);
        }
    }

    /// Lets time pass. Death is looked for first: after a sleep both may be due.
    pub(crate) fn expire(&mut self, now: Time) -> Option<Beat> {
        if now >= self.deadline {
            return Some(Beat::Dead);
        }
        match self.turn {
            Turn::Ours(at) if now >= at => {
                self.turn = Turn::Asked;
                self.deadline = now + self.timeout;
                Some(Beat::Ping)
            }
            _ => None,
        }
    }

    pub(crate) fn next_timeout(&self) -> Time {
        match self.turn {
            Turn::Ours(at) => at.min(self.deadline),
            Turn::Theirs | Turn::Asked => self.deadline,
        }
    }
}
