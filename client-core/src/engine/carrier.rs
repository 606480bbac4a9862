//! What carries the packets of an open session. A WebSocket for now; polling and the climb are further variants.

use crate::output::{Action, Link, Outbox, Packet};

#[derive(Debug)]
pub(crate) enum Carrier {
    WebSocket(Link),
}

impl Carrier {
    /// Whether news of `link` concerns this carrier.
    pub(crate) fn has(&self, link: Link) -> bool {
        match self {
            Carrier::WebSocket(own) => *own == link,
        }
    }

    pub(crate) fn send<P>(&self, packet: Packet<P>, out: &mut Outbox<P>) {
        match self {
            Carrier::WebSocket(link) => out.action(Action::Send {
                link: *link,
                packet,
            }),
        }
    }

    /// Ends the carrier; what was sent still goes out.
    pub(crate) fn drop_links<P>(&self, out: &mut Outbox<P>) {
        match self {
            Carrier::WebSocket(link) => out.action(Action::Drop { link: *link }),
        }
    }
}
