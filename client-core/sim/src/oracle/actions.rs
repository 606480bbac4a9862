//! The laws of what the machine does.

use tidewire_core::Delivery;

use super::Oracle;
use crate::machine::Said;
use crate::wire::{Sio, Wire, numbers};

impl Oracle {
    pub(crate) fn said(&mut self, now: u64, said: &Said) {
        match said {
            Said::Open(link, target) => self.begins(*link, target.sid.as_deref(), "socket"),
            Said::Get(link, target) => {
                self.begins(*link, target.sid.as_deref(), "get");
                if let Some(sid) = &target.sid {
                    let other = self.gets.insert(sid.to_string(), *link);
                    self.law(other.is_none(), "one GET at a time", &said);
                }
            }
            Said::Post(link, target, frames) => {
                self.begins(*link, Some(""), "post");
                let sid = target.sid.as_deref().unwrap_or_default();
                let other = self.posts.insert(sid.to_owned(), *link);
                self.law(other.is_none(), "one POST at a time", &said);
                self.law(!frames.is_empty(), "a POST has packets", &said);
                frames.iter().for_each(|wire| self.sends(wire));
            }
            Said::Send(link, wire) => {
                self.sends(wire);
                let open = self.links.get(link).is_some_and(|state| state == "open");
                self.law(open, "packets go over open links", &said);
            }
            Said::Drop(link) => {
                let live = self.ends(*link);
                self.law(live, "a link is dropped once, and while it is live", &said);
            }
            Said::Heard(heard) => self.heard(now, heard),
        }
    }

    fn begins(&mut self, link: u32, sid: Option<&str>, kind: &str) {
        let new = link > self.last_link;
        self.law(new, "a link is used once", &link);
        self.last_link = self.last_link.max(link);
        self.links.insert(link, kind.to_owned());
        if sid.is_none() {
            let wanted = self.spaces.iter().any(|space| space.wanted);
            self.law(wanted, "nothing is opened that nobody wants", &link);
        }
    }

    /// A link is over for the client. Returns whether it was live.
    pub(crate) fn ends(&mut self, link: u32) -> bool {
        self.gets.retain(|_, own| *own != link);
        self.posts.retain(|_, own| *own != link);
        self.links.remove(&link).is_some()
    }

    pub(crate) fn opened(&mut self, link: u32) {
        if let Some(state) = self.links.get_mut(&link) {
            "open".clone_into(state);
        }
    }

    pub(crate) fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// A packet goes out: of an event that is sent until it is answered, the tries are counted.
    fn sends(&mut self, wire: &Wire) {
        let Wire::Text(text) = wire else { return };
        let Some(Ok(sio)) = text.strip_prefix('4').map(Sio::read) else {
            return;
        };
        let at = self.spaces.iter().position(|space| space.name == sio.nsp);
        if let (Some(at), true) = (at, matches!(sio.kind, 2 | 5)) {
            let n = numbers(&sio.data).first().copied().unwrap_or(0);
            self.sends_emit(at, n);
        }
    }

    fn sends_emit(&mut self, at: usize, n: u64) {
        let Some(emitted) = self.spaces[at].emits.get_mut(&n) else {
            return;
        };
        let Delivery::AtLeastOnce { retries } = emitted.delivery else {
            return;
        };
        emitted.sent += 1;
        let tries = emitted.sent;
        self.law(tries <= retries + 1, "tries are counted", &(n, tries));
        let space = &mut self.spaces[at];
        space.flying.insert(n);
        let flying = space.flying.iter().filter(|n| space.is_awaited(n)).count();
        let law = "as many are on their way as the window has room for";
        self.law(flying <= self.window, law, &(n, flying));
    }
}
