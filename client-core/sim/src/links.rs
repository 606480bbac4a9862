//! The links of the network in virtual time: when frames arrive on each, in order, and which links are broken.

use crate::sorted::SortedMap;

/// The kind of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Socket,
    Get,
    Post,
}

#[derive(Debug)]
pub(crate) struct LinkState {
    pub(crate) kind: Kind,
    /// Whether the client has neither dropped the link nor received its end.
    pub(crate) live: bool,
    /// Whether the client has dropped the link.
    pub(crate) dropped: bool,
    /// Whether nothing passes any more.
    pub(crate) cut: bool,
    /// When the last sent frame arrives, in each direction.
    up: u64,
    down: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Links {
    all: SortedMap<u32, LinkState>,
    /// The time until which nothing arrives.
    pub(crate) stalled_until: u64,
}

impl Links {
    pub(crate) fn begin(&mut self, link: u32, kind: Kind, now: u64) {
        self.all.insert(
            link,
            LinkState {
                kind,
                live: true,
                dropped: false,
                cut: false,
                up: now,
                down: now,
            },
        );
    }

    pub(crate) fn get(&self, link: u32) -> Option<&LinkState> {
        self.all.get(&link)
    }

    pub(crate) fn passes(&self, link: u32) -> bool {
        self.get(link).is_some_and(|state| !state.cut)
    }

    /// Marks a link as dropped by the client.
    pub(crate) fn drop(&mut self, link: u32) {
        if let Some(state) = self.all.get_mut(&link) {
            state.live = false;
            state.dropped = true;
        }
    }

    /// Marks a link as ended, and the client knows it.
    pub(crate) fn end(&mut self, link: u32) {
        if let Some(state) = self.all.get_mut(&link) {
            state.live = false;
        }
    }

    /// Returns when a frame sent now arrives: never before an earlier one.
    pub(crate) fn arrival(&mut self, link: u32, at: u64, up: bool) -> u64 {
        let stalled = self.stalled_until;
        let Some(state) = self.all.get_mut(&link) else {
            return at;
        };
        let last = if up { &mut state.up } else { &mut state.down };
        *last = at.max(*last).max(stalled);
        *last
    }

    /// Cuts all live links and returns them.
    pub(crate) fn cut(&mut self) -> Vec<(u32, Kind)> {
        let live = self
            .all
            .iter_mut()
            .filter(|(_, state)| state.live && !state.cut);
        live.map(|(link, state)| {
            state.cut = true;
            (*link, state.kind)
        })
        .collect()
    }

    /// Returns the links that the client holds.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u32, &LinkState)> {
        let live = self.all.iter().filter(|(_, state)| state.live);
        live.map(|(link, state)| (*link, state))
    }
}
