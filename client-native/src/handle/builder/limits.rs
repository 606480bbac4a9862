//! Limits of buffers and packets.

use tidewire_core::OfflinePolicy;

use super::Builder;

/// # Limits
impl Builder {
    /// The events that a namespace buffers while it is not connected; [`offline_policy`](Builder::offline_policy) says what
    /// happens to more. Default: 1,000.
    pub fn offline_events(mut self, events: usize) -> Self {
        self.config.offline_packets = events;
        self
    }

    /// The bytes of events that a namespace buffers while it is not connected. Default: 16 MiB.
    pub fn offline_bytes(mut self, bytes: usize) -> Self {
        self.config.offline_bytes = bytes;
        self
    }

    /// The policy for an event that finds the offline buffer full. Default: refused, so `emit` fails.
    pub fn offline_policy(mut self, policy: OfflinePolicy) -> Self {
        self.config.offline_policy = policy;
        self
    }

    /// The events with [`retries`](crate::AckRequest::retries) that a namespace has in flight, without an ack for the first of
    /// them. Default: 64. socket.io-client has 1, which is one round trip for each event.
    pub fn retry_window(mut self, events: usize) -> Self {
        self.config.retry_window = events;
        self
    }

    /// The acks that a namespace awaits at the same time; `emit_with_ack` fails if there are more. Default: 100,000.
    pub fn max_acks(mut self, acks: usize) -> Self {
        self.config.max_acks = acks;
        self
    }

    /// The bytes of events that a handler or stream may leave unread, before the connection stops reading. Each event counts
    /// with about 90 bytes more than its content. Default: 16 MiB.
    ///
    /// A connection that does not read for longer than the heartbeat allows is closed. While an ack or a connect is awaited, the
    /// limit is four times as high, because the answer is behind those events. Above it, awaited acks fail with
    /// [`AckError::InboxFull`](crate::AckError::InboxFull).
    pub fn inbox_bytes(mut self, bytes: usize) -> Self {
        self.options.inbox.bytes = bytes.max(1);
        self
    }

    /// The events that a namespace keeps if they arrive before its CONNECT, as those of a socket.io 2.x middleware do. More
    /// close the connection, and the client reconnects. Default: 1,000.
    pub fn early_events(mut self, events: usize) -> Self {
        self.config.early_events = events;
        self
    }

    /// The largest packet from the server, with its attachments, in bytes. A larger one closes the connection, and the client
    /// reconnects. Default: 128 MiB.
    pub fn max_packet_bytes(mut self, bytes: usize) -> Self {
        self.config.max_packet_bytes = bytes;
        self
    }

    /// The binary attachments in one packet, in either direction. `emit` fails if there are more; more from the server close the
    /// connection, and the client reconnects. Default: 1,000. A socket.io 4.8.4 server accepts 10, unless its parser is
    /// configured.
    pub fn max_attachments(mut self, attachments: u32) -> Self {
        self.config.max_attachments = attachments;
        self.options.max_attachments = attachments;
        self
    }
}
