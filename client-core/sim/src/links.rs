//! The network's links in virtual time: what is on its way on each, in order, and which are broken.

use std::collections::BTreeMap;

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Socket,
    Get,
    Post,
}

#[derive(Debug)]
pub(crate) struct LinkState {
    pub(crate) kind: Kind,
    /// Whether the client has neither dropped it nor been told of its end.
    pub(crate) live: bool,
    /// Whether the client has given it up itself.
    pub(crate) dropped: bool,
    /// Nothing passes any more.
    pub(crate) cut: bool,
    /// When the last that was sent arrives, each way.
    up: u64,
    down: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Links {
    all: BTreeMap<u32, LinkState>,
    /// Until when everything takes longer.
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

    /// The client has dropped it.
    pub(crate) fn drop(&mut self, link: u32) {
        if let Some(state) = self.all.get_mut(&link) {
            state.live = false;
            state.dropped = true;
        }
    }

    /// The client has been told of its end.
    pub(crate) fn end(&mut self, link: u32) {
        if let Some(state) = self.all.get_mut(&link) {
            state.live = false;
        }
    }

    /// When what is sent now arrives: never before what was sent earlier.
    pub(crate) fn arrival(&mut self, link: u32, at: u64, up: bool) -> u64 {
        let stalled = self.stalled_until;
        let Some(state) = self.all.get_mut(&link) else {
            return at;
        };
        let last = if up { &mut state.up } else { &mut state.down };
        *last = at.max(*last).max(stalled);
        *last
    }

    /// Cuts all that are live; gives them.
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

    /// Those that the client still counts on.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u32, &LinkState)> {
        let live = self.all.iter().filter(|(_, state)| state.live);
        live.map(|(link, state)| (*link, state))
    }
}
