//! The network between client and server: frames of one link arrive in order, `latency` ms later.

use std::collections::BTreeMap;

use tidewire_core::{Link, Lost, Target};

use super::body::Body;
use super::wire::Wire;

/// The default one-way latency, in milliseconds.
pub(crate) const LATENCY: u64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Something in flight on a link.
#[derive(Debug)]
pub(crate) enum Transmit {
    /// The client opens a full-duplex link.
    Open(Target),
    /// The server has accepted the link.
    Opened,
    Frame(Wire),
    Get(Target),
    Post(Target, Body),
    /// The response to a GET.
    GetResponse(Body),
    /// The response to a POST.
    PostResponse,
    /// The link has ended; for a request: without a response, or with a status other than 200.
    End(Lost),
}

pub(crate) struct Network {
    /// The one-way latency, in milliseconds.
    pub(crate) latency: u64,
    in_flight: BTreeMap<(u64, u64), (Side, Link, Transmit)>,
    count: u64,
}

impl Network {
    pub(crate) fn new() -> Network {
        Network {
            latency: LATENCY,
            in_flight: BTreeMap::new(),
            count: 0,
        }
    }

    /// Sends something over a link.
    pub(crate) fn send(&mut self, now: u64, to: Side, link: Link, transmit: Transmit) {
        self.count += 1;
        let at = now + self.latency;
        let last = self
            .in_flight
            .iter()
            .rev()
            .find(|(_, (side, own, _))| *side == to && *own == link);
        let at = last.map_or(at, |((last, _), _)| at.max(*last));
        self.in_flight
            .insert((at, self.count), (to, link, transmit));
    }

    /// Returns when something reaches `side` next.
    pub(crate) fn next(&self, side: Side) -> Option<u64> {
        let found = self.in_flight.iter().find(|(_, (to, ..))| *to == side);
        found.map(|((at, _), _)| *at)
    }

    /// Takes the next thing that has reached `side` by `now`.
    pub(crate) fn take(&mut self, now: u64, side: Side) -> Option<(Link, Transmit)> {
        let due = self
            .in_flight
            .iter()
            .find(|((at, _), (to, ..))| *to == side && *at <= now);
        let key = *due?.0;
        let (_, link, transmit) = self.in_flight.remove(&key)?;
        Some((link, transmit))
    }
}
