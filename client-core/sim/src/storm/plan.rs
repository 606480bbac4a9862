//! The plan of a storm: the clients, their reconnection, the outage, and the capacity of the server.

use tidewire_core::Reconnection;

/// All inputs of a storm: the same plan gives the same curve.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The number of clients, all connected before the outage.
    pub clients: usize,
    /// The seed of the jitter, latency and partition side of every client.
    pub seed: u64,
    /// The reconnection config of the clients.
    pub reconnection: Reconnection,
    /// The outage.
    pub outage: Outage,
    /// The capacity of the server.
    pub server: Capacity,
    /// The longest duration in milliseconds from the start of the outage, if the clients are not back sooner.
    pub limit: u64,
}

/// An outage. Times are milliseconds from its start.
#[derive(Clone, Debug)]
pub enum Outage {
    /// The server is down in each of these spans: all connections are lost and attempts are refused.
    Restarts(Vec<(u64, u64)>),
    /// The network is cut until `heals`. Clients detect it by their heartbeat.
    Partition {
        /// When the network works again.
        heals: u64,
        /// The percentage of clients whose attempts get no answer.
        silent: u8,
        /// The percentage of clients whose attempts fail at once.
        unreachable: u8,
    },
}

/// The capacity of the server. Every attempt costs it work, also a refused one.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// The number of connections it can accept per second.
    pub accepts_per_second: u32,
    /// The number of attempts that can wait in the accept queue.
    pub backlog: usize,
    /// The fate of an attempt that finds the accept queue full.
    pub overflow: Overflow,
    /// The cost of refusing an attempt, in percent of accepting one.
    pub refusal_cost_percent: u32,
}

/// The fate of an attempt that finds the accept queue full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The attempt is refused at once, by a load balancer for example.
    Refused,
    /// The attempt gets no answer. TCP repeats the SYN after 1, 3, 7 and 15 s, until the client gives up.
    Silent,
}

impl Outage {
    /// Returns when the outage ends, in milliseconds.
    pub fn ends(&self) -> u64 {
        match self {
            Outage::Restarts(spans) => spans.last().map_or(0, |span| span.1),
            Outage::Partition { heals, .. } => *heals,
        }
    }
}
