//! Settings of time and of room.

use std::time::Duration;

use tidewire_core::{OfflinePolicy, Reconnection};

use super::Builder;
use crate::mailbox::Limits;
use crate::settings::millis;

/// Time, and room.
impl Builder {
    // ---- time ----

    /// Whether to come back after a lost connection. Default: yes, for ever.
    pub fn reconnection(mut self, reconnection: bool) -> Self {
        self.config.reconnection = reconnection.then(Reconnection::default);
        self
    }

    /// How many attempts to come back there are. Default: no limit.
    pub fn reconnection_attempts(mut self, attempts: u32) -> Self {
        self.rule().attempts = Some(attempts);
        self
    }

    /// The first and the longest pause before an attempt to come back; it doubles in between, and is moved by up to half
    /// of it either way, so that clients do not come back all at once. Default: 1 s and 30 s, chosen by a
    /// simulation of a crowd that loses its server (`client-core/docs/storms.md`). socket.io-client has 1 s and 5 s.
    pub fn reconnection_delay(mut self, first: Duration, longest: Duration) -> Self {
        let rule = self.rule();
        rule.delay = millis(first);
        rule.delay_max = millis(longest);
        self
    }

    /// How long the server may take to open the connection, and to answer for a namespace; and how long the functions of
    /// [`auth_with`](Builder::auth_with) and [`on_refused`](Builder::on_refused) may take. Default: 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.open_timeout = Some(millis(timeout));
        self.config.connect_timeout = Some(millis(timeout));
        self
    }

    /// How long an HTTP request of polling may take, its answer included. A poll that waits for packets has the server's
    /// `pingInterval` besides, for which a server that has nothing to say may hold it. A request that takes longer ends the
    /// connection ([`TransportError::RequestTimeout`](crate::TransportError::RequestTimeout)), which comes back.
    /// Default: no limit but those of [`connect_timeout`](Builder::connect_timeout) and the heartbeat.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Finds a dead connection faster than the server's heartbeat does: how long the other side may be silent after a ping was due
    /// (default: the server's `pingTimeout`), and how often to ping a 2.x server (default: its `pingInterval`).
    pub fn heartbeat(mut self, grace: Duration, ping_every: Duration) -> Self {
        self.config.ping_grace = Some(millis(grace));
        self.config.ping_every = Some(millis(ping_every));
        self
    }

    /// How long [`Socket::emit_with_ack`](crate::Socket::emit_with_ack) waits for an answer; `None` is for ever. Default: 30 s.
    pub fn ack_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.handle.ack_timeout = timeout;
        self
    }

    // ---- bounds ----

    /// How many events, and how many bytes of them, a namespace keeps while it is not connected; more are refused.
    /// Default: 1,000 and 16 MiB.
    pub fn offline_buffer(mut self, events: usize, bytes: usize) -> Self {
        self.config.offline_packets = events;
        self.config.offline_bytes = bytes;
        self
    }

    /// What happens to an event that finds the offline buffer full. Default: it is refused.
    pub fn offline_policy(mut self, policy: OfflinePolicy) -> Self {
        self.config.offline_policy = policy;
        self
    }

    /// How many events sent with [`retries`](crate::AckRequest::retries) a namespace has on their way before the first of them
    /// is answered. Default: 64. With 1 it is socket.io-client's one round trip for each event.
    pub fn retry_window(mut self, events: usize) -> Self {
        self.config.retry_window = events;
        self
    }

    /// How many events, and how many bytes of them, handlers or a stream may leave unread before the connection stops
    /// reading. Default: 8,192 and 16 MiB. A heartbeat that is not read ends the connection in the end.
    pub fn inbox(mut self, events: usize, bytes: usize) -> Self {
        self.handle.inbox = Limits {
            items: events.max(1),
            bytes: bytes.max(1),
        };
        self
    }

    /// The largest packet, attachments included, that is taken from the server. Default: 128 MiB.
    pub fn max_packet_bytes(mut self, bytes: usize) -> Self {
        self.config.max_packet_bytes = bytes;
        self
    }

    /// How many binary attachments a packet may have, in either direction; a larger one from the server closes the
    /// connection, which comes back. Default: 1,000. (socket.io 4.8.4 itself takes 10, unless its parser is told otherwise.)
    pub fn max_attachments(mut self, attachments: u32) -> Self {
        self.config.max_attachments = attachments;
        self.handle.max_attachments = attachments;
        self
    }

    fn rule(&mut self) -> &mut Reconnection {
        self.config.reconnection.get_or_insert_default()
    }
}
