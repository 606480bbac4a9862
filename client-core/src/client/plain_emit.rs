//! The fast lane for the event that clients send most: one without an ack and without attachments.
//!
//! While its namespace is connected over a WebSocket, the machine does nothing with such an event but add a header: it notes
//! nothing and awaits nothing. So a host may write many of them itself, without an emit and an action for each.

use super::Client;
use crate::namespace::Socket;
use crate::output::{Link, Nsp};
use crate::payload::Payload;
use crate::time::Time;

impl<P: Payload> Client<P> {
    /// Returns the WebSocket to which a plain event of this namespace goes at once.
    ///
    /// A plain event has no ack, no attachments and [`Delivery::Once`](crate::Delivery::Once). Until its next call of the machine, the
    /// host may write such events itself, each as one text frame of [`event_header`](crate::wire::head::event_header) and the JSON:
    /// [`emit`](Client::emit) and [`poll`](Client::poll) would do the same, and leave the same machine.
    ///
    /// Returns `None` if such an event is buffered or waits for a POST, or if an output was not polled yet: give it to `emit`.
    pub fn websocket_for_events(&mut self, now: Time, nsp: Nsp) -> Option<Link> {
        self.tick(now);
        let connected = self.namespaces.get(nsp).is_some_and(Socket::is_connected);
        if !connected || !self.lower.out.is_empty() {
            return None;
        }
        self.lower.engine.websocket()
    }
}
