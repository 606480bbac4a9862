//! What a storm is made of: how many clients, how they come back, what happens to them, what the server can take.

use tidewire_core::Reconnection;

/// Everything that decides how a storm goes: the same plan gives the same curve.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many clients there are, all of them connected before the trouble.
    pub clients: usize,
    /// From which every client's jitter, distance and fate is drawn.
    pub seed: u64,
    /// How the clients come back.
    pub reconnection: Reconnection,
    /// What happens.
    pub trouble: Trouble,
    /// What the server can take.
    pub server: Capacity,
    /// How long to look at it, in milliseconds from the beginning of the trouble, if the clients are not back sooner.
    pub limit: u64,
}

/// What happens to the clients. Times are milliseconds from the beginning of the trouble.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The server is gone, and with it all connections, in each of these spans. Attempts are refused meanwhile.
    Restarts(Vec<(u64, u64)>),
    /// The network is cut until `heals`. Clients find out by their heartbeat.
    Partition {
        /// When the network works again.
        heals: u64,
        /// Of a hundred clients, so many get no answer to an attempt.
        silent: u8,
        /// Of a hundred clients, so many are told at once that the server cannot be reached.
        unreachable: u8,
    },
}

/// What the server can take. A connection attempt is work for it, also one that it turns away.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// Connections it can accept in a second.
    pub accepts_per_second: u32,
    /// Attempts that can wait for it.
    pub waiting_room: usize,
    /// What becomes of an attempt that finds the waiting room full.
    pub overflow: Overflow,
    /// How much work it is to turn an attempt away, in percent of accepting it.
    pub turning_away_percent: u32,
}

/// What becomes of an attempt that finds the waiting room full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It is refused at once, by a load balancer for example.
    Refused,
    /// It gets no answer. TCP knocks again after 1, 3, 7 and 15 s, until the client gives up.
    Silent,
}

impl Trouble {
    /// When everything works again.
    pub fn ends(&self) -> u64 {
        match self {
            Trouble::Restarts(spans) => spans.last().map_or(0, |span| span.1),
            Trouble::Partition { heals, .. } => *heals,
        }
    }
}
