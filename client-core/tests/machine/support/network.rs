//! The way between the two machines: what goes over one link arrives in order, `latency` later.

use std::collections::BTreeMap;

use tidewire_core::{Link, Lost, Target};

use super::body::Body;
use super::wire::Wire;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What travels.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// The client dials a WebSocket.
    Dial(Target),
    /// The server has taken the call.
    Accepted,
    Frame(Wire),
    Get(Target),
    Post(Target, Body),
    /// A GET's answer.
    Answer(Body),
    /// A POST's answer.
    Done,
    /// The link has ended; a request's answer was none, or not of status 200.
    End(Lost),
}

pub(crate) struct Network {
    /// Milliseconds, one way.
    pub(crate) latency: u64,
    flights: BTreeMap<(u64, u64), (Side, Link, Parcel)>,
    count: u64,
}

impl Network {
    pub(crate) fn new() -> Network {
        Network {
            latency: 10,
            flights: BTreeMap::new(),
            count: 0,
        }
    }

    pub(crate) fn send(&mut self, now: u64, to: Side, link: Link, parcel: Parcel) {
        self.count += 1;
        let at = now + self.latency;
        let last = self
            .flights
            .iter()
            .rev()
            .find(|(_, (side, own, _))| *side == to && *own == link);
        let at = last.map_or(at, |((last, _), _)| at.max(*last));
        self.flights.insert((at, self.count), (to, link, parcel));
    }

    /// When something reaches `side` next.
    pub(crate) fn next(&self, side: Side) -> Option<u64> {
        let found = self.flights.iter().find(|(_, (to, ..))| *to == side);
        found.map(|((at, _), _)| *at)
    }

    /// Takes what has reached `side` by `now`, one at a time.
    pub(crate) fn take(&mut self, now: u64, side: Side) -> Option<(Link, Parcel)> {
        let due = self
            .flights
            .iter()
            .find(|((at, _), (to, ..))| *to == side && *at <= now);
        let key = *due?.0;
        let (_, link, parcel) = self.flights.remove(&key)?;
        Some((link, parcel))
    }
}
