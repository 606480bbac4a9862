//! The laws of events: their order, and the state of namespaces and acks.

use tidewire_core::{AckError, Event, Nsp, Reason};

use super::{Connection, Expected, Oracle, Requests};
use crate::support::payload::CountedPayload;

impl Oracle {
    /// Checks an event.
    pub(crate) fn event(&mut self, event: &Event<CountedPayload>) {
        self.check_promise(event);
        match event {
            Event::Connected { nsp, .. } => return self.connected(*nsp),
            Event::AckLost {
                nsp,
                ack,
                why: AckError::Disconnected,
            } => return self.lost(*nsp, ack.get()),
            _ => self.nothing_expected(),
        }
        match event {
            Event::Opened => {
                self.connection = match self.connection {
                    Connection::Opening(link) => Connection::Open(link),
                    Connection::Answered => Connection::Polling(Requests::default()),
                    _ => unreachable!("opened without opening"),
                };
            }
            Event::Upgraded => {
                let polling = matches!(self.connection, Connection::Open(_));
                assert!(polling, "upgraded, but not on a full-duplex link");
            }
            Event::UpgradeFailed { link, .. } => assert!(
                self.upgrades.iter().all(|upgrade| upgrade.link != *link),
                "the upgrade failed, but its link is live"
            ),
            Event::OpenFailed(_) => {
                let closed = matches!(self.connection, Connection::Closed | Connection::Answered);
                let live = !closed || !self.upgrades.is_empty();
                assert!(!live, "{event:?} on a live link");
                self.connection = Connection::Closed;
            }
            Event::Closed(reason) => self.closed(*reason),
            Event::ReconnectFailed => self.closes(),
            Event::Disconnected { nsp, reason, .. } => self.disconnected(*nsp, *reason),
            Event::ConnectError { nsp, .. } => {
                let space = self.namespace(*nsp);
                assert!(
                    space.wanted && !space.connected,
                    "refused without a CONNECT"
                );
                space.wanted = false;
            }
            Event::Message(incoming) => self.must_be_connected(incoming.nsp),
            Event::ServerError { nsp, .. } => self.must_be_connected(*nsp),
            Event::Acked { nsp, ack, .. } => {
                self.must_be_connected(*nsp);
                let was = self.namespace(*nsp).in_flight.remove(&ack.get());
                assert!(was, "an unknown ack, or a second one");
            }
            Event::AckLost { nsp, ack, .. } => self.ack_timed_out(*nsp, ack.get()),
            _ => {}
        }
    }

    /// An attempt follows the disconnections that say so, after the other news of the same loss.
    fn check_promise(&mut self, event: &Event<CountedPayload>) {
        match event {
            Event::Disconnected { reconnects, .. } => self.reconnects |= reconnects,
            Event::AckLost { .. } | Event::Closed(_) | Event::Malformed(_) => {}
            Event::Reconnecting { .. } => self.reconnects = false,
            other => assert!(!self.reconnects, "{other:?} in place of an attempt"),
        }
    }

    /// The connection is closed. A polling session may post a close packet, unless the server has ended it.
    fn closed(&mut self, reason: Reason) {
        assert!(self.upgrades.is_empty(), "closed, but the upgrade is live");
        assert!(!self.namespaces.values().any(|space| space.connected));
        match std::mem::take(&mut self.connection) {
            Connection::Closed => {}
            Connection::Polling(mut requests) => {
                let posts_close = matches!(reason, Reason::ForcedClose | Reason::ParseError);
                assert!(posts_close || !requests.is_live(), "{reason} on live links");
                if posts_close {
                    requests.queued = std::mem::take(&mut self.queued);
                    return self.closing.push(requests);
                }
            }
            _ => unreachable!("{reason} on a live link"),
        }
        self.queued.clear();
    }

    fn must_be_connected(&mut self, nsp: Nsp) {
        assert!(
            self.namespace(nsp).connected,
            "an event of {nsp:?}, which is not connected"
        );
    }

    fn connected(&mut self, nsp: Nsp) {
        match self.expected {
            Expected::Connected(own) if own == nsp => self.expected = Expected::Anything,
            _ => self.nothing_expected(),
        }
        if matches!(self.connection, Connection::Polling(_)) {
            // The buffered emits wait for a POST now.
            let unsent = std::mem::take(&mut self.namespace(nsp).unsent);
            let acks: Vec<u64> = unsent.iter().filter_map(|emit| emit.ack).collect();
            self.namespace(nsp).in_flight.extend(acks);
            self.queued
                .extend(unsent.into_iter().map(|emit| (nsp, emit)));
        }
        let space = self.namespace(nsp);
        assert!(
            space.wanted && !space.connected,
            "connected without being wanted"
        );
        assert!(
            space.unsent.is_empty(),
            "connected before the buffer is sent"
        );
        space.connected = true;
    }

    fn disconnected(&mut self, nsp: Nsp, reason: Reason) {
        let space = self.namespace(nsp);
        assert!(space.connected, "disconnected twice");
        space.connected = false;
        space.wanted &= reason != Reason::ServerDisconnect;
        if !space.in_flight.is_empty() {
            self.expected = Expected::LostAcks(nsp);
        }
    }

    fn lost(&mut self, nsp: Nsp, ack: u64) {
        let expected = matches!(self.expected, Expected::LostAcks(own) if own == nsp);
        assert!(expected, "an ack lost while its namespace is connected");
        let space = self.namespace(nsp);
        assert!(space.in_flight.remove(&ack), "an ack settled twice");
        if space.in_flight.is_empty() {
            self.expected = Expected::Anything;
        }
    }

    fn ack_timed_out(&mut self, nsp: Nsp, ack: u64) {
        let space = self.namespace(nsp);
        let waiting = space.unsent.len();
        space.unsent.retain(|emit| emit.ack != Some(ack));
        let was = space.in_flight.remove(&ack) || space.unsent.len() < waiting;
        assert!(was, "an ack settled twice");
    }
}
