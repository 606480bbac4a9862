//! The life of the connection: opened when it is wanted, reopened after a loss, closed when no namespace needs it.

use super::Client;
use crate::error::{OpenError, Reason};
use crate::output::Event;
use crate::payload::Payload;
use crate::time::Time;

impl<P: Payload> Client<P> {
    pub(super) fn is_wanted(&self) -> bool {
        self.keep_open || self.namespaces.any_active()
    }

    /// Opens the connection if it is closed: at once, even between two attempts to reconnect.
    pub(super) fn open_engine(&mut self, now: Time) {
        if self.lower.engine.is_closed() {
            self.reconnect.reset();
            self.start_opening(now);
        }
    }

    pub(super) fn start_opening(&mut self, now: Time) {
        let (engine, mut cx) = self.engine(now);
        engine.open(&mut cx);
    }

    /// Starts to connect the wanted namespaces, once the server's version is known.
    pub(super) fn begin(&mut self, now: Time) {
        if let Some(session) = self.session() {
            let (namespaces, mut cx) = self.namespaces(now);
            namespaces.begin(&session, &mut cx);
        }
    }

    pub(super) fn open_failed(&mut self, now: Time, error: OpenError) {
        self.lower.out.event(Event::OpenFailed(error));
        self.reconnect_or_give_up(now, Reason::TransportError);
    }

    pub(super) fn closed(&mut self, now: Time, reason: Reason) {
        self.decoder.reset();
        self.reconnect_or_give_up(now, reason);
    }

    /// Closes the connection when no namespace needs it, and does not reconnect.
    pub(super) fn close_if_unused(&mut self, now: Time) {
        if self.is_wanted() {
            return;
        }
        self.reconnect.cancel();
        if self.lower.engine.is_closed() {
            return;
        }
        let was_open = self.lower.engine.is_open();
        self.lower.engine.close(now, &mut self.lower.out);
        self.decoder.reset();
        self.namespaces
            .handle_closed(Reason::ForcedClose, false, &mut self.lower);
        if was_open {
            self.lower.out.event(Event::Closed(Reason::ForcedClose));
        }
    }

    /// Tells the namespaces that the connection is gone, and schedules the next one.
    fn reconnect_or_give_up(&mut self, now: Time, reason: Reason) {
        let was_open = self.reconnect.was_open();
        let next = self.reconnect.schedule(now, &self.config);
        self.namespaces
            .handle_closed(reason, next.is_some(), &mut self.lower);
        if was_open {
            self.lower.out.event(Event::Closed(reason));
        }
        match next {
            _ if !self.is_wanted() => self.reconnect.cancel(),
            Some((attempt, delay)) => self.lower.out.event(Event::Reconnecting { attempt, delay }),
            None => {}
        }
        if next.is_none() && self.config.reconnection.is_some() {
            self.lower.out.event(Event::ReconnectFailed);
        }
    }
}
