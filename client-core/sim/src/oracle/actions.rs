//! The laws of machine outputs: actions.

use tidewire_core::Delivery;

use super::Oracle;
use crate::machine::Output;
use crate::wire::{Sio, Wire, numbers};

impl Oracle {
    /// Checks an output of the machine.
    pub(crate) fn on_output(&mut self, now: u64, output: &Output) {
        match output {
            Output::Open(link, target) => self.link_begins(*link, target.sid.as_deref(), "socket"),
            Output::Get(link, target) => {
                self.link_begins(*link, target.sid.as_deref(), "get");
                if let Some(sid) = &target.sid {
                    let other = self.gets.insert(sid.to_string(), *link);
                    self.law(other.is_none(), "one GET at a time", &output);
                }
            }
            Output::Post(link, target, frames) => {
                self.link_begins(*link, Some(""), "post");
                let sid = target.sid.as_deref().unwrap_or_default();
                let other = self.posts.insert(sid.to_owned(), *link);
                self.law(other.is_none(), "one POST at a time", &output);
                self.law(!frames.is_empty(), "a POST has packets", &output);
                frames.iter().for_each(|wire| self.packet_sent(wire));
            }
            Output::Send(link, wire) => {
                self.packet_sent(wire);
                let open = self.links.get(link).is_some_and(|state| state == "open");
                self.law(open, "packets go over open links", &output);
            }
            Output::Drop(link) => {
                let live = self.link_ends(*link);
                self.law(
                    live,
                    "a link is dropped once, and while it is live",
                    &output,
                );
            }
            Output::Event(event) => self.on_event(now, event),
        }
    }

    fn link_begins(&mut self, link: u32, sid: Option<&str>, kind: &str) {
        let new = link > self.last_link;
        self.law(new, "a link is used once", &link);
        self.last_link = self.last_link.max(link);
        self.links.insert(link, kind.to_owned());
        if sid.is_none() {
            let wanted = self.namespaces.iter().any(|namespace| namespace.wanted);
            self.law(
                wanted,
                "a session is opened only for a wanted namespace",
                &link,
            );
        }
    }

    /// A link has ended for the client. Returns whether it was live.
    pub(crate) fn link_ends(&mut self, link: u32) -> bool {
        self.gets.retain(|_, own| *own != link);
        self.posts.retain(|_, own| *own != link);
        self.links.remove(&link).is_some()
    }

    pub(crate) fn link_opened(&mut self, link: u32) {
        if let Some(state) = self.links.get_mut(&link) {
            "open".clone_into(state);
        }
    }

    pub(crate) fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// Counts the sends of an emit with retries.
    fn packet_sent(&mut self, wire: &Wire) {
        let Wire::Text(text) = wire else { return };
        let Some(Ok(sio)) = text.strip_prefix('4').map(Sio::read) else {
            return;
        };
        let at = self
            .namespaces
            .iter()
            .position(|namespace| namespace.name == sio.nsp);
        if let (Some(at), true) = (at, matches!(sio.kind, 2 | 5)) {
            let n = numbers(&sio.data).first().copied().unwrap_or(0);
            self.emit_sent(at, n);
        }
    }

    fn emit_sent(&mut self, at: usize, n: u64) {
        let Some(emitted) = self.namespaces[at].emits.get_mut(&n) else {
            return;
        };
        let Delivery::AtLeastOnce { retries } = emitted.delivery else {
            return;
        };
        emitted.sent += 1;
        let sent = emitted.sent;
        self.law(sent <= retries + 1, "retries are counted", &(n, sent));
        let namespace = &mut self.namespaces[at];
        namespace.in_flight.insert(n);
        let in_flight = namespace
            .in_flight
            .iter()
            .filter(|n| namespace.is_awaited(n))
            .count();
        let law = "no more emits are in flight than the retry window allows";
        self.law(in_flight <= self.window, law, &(n, in_flight));
    }
}
