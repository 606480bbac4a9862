//! Settings of time: reconnection, timeouts, heartbeat.

use std::time::Duration;

use super::Builder;
use crate::options::millis;

/// # Reconnection
impl Builder {
    /// Whether to reconnect after a lost connection. Default: yes.
    pub fn reconnection(mut self, reconnection: bool) -> Self {
        self.reconnects = reconnection;
        self
    }

    /// The attempts to reconnect, before the client gives up. Default: no limit.
    pub fn reconnection_attempts(mut self, attempts: u32) -> Self {
        self.reconnection.attempts = Some(attempts);
        self
    }

    /// The pause before the first attempt. It doubles from attempt to attempt, up to
    /// [`reconnection_delay_max`](Builder::reconnection_delay_max). Default: 1 s.
    pub fn reconnection_delay(mut self, delay: Duration) -> Self {
        self.reconnection.delay = millis(delay);
        self
    }

    /// The longest pause before an attempt. Default: 30 s, chosen by a simulation of a million clients that lose their
    /// server (`client-core/docs/storms.md`). socket.io-client has 5 s.
    pub fn reconnection_delay_max(mut self, delay: Duration) -> Self {
        self.reconnection.delay_max = millis(delay);
        self
    }

    /// The jitter of the pauses: the part of a pause, from 0 to 1, by which it gets longer or shorter at random, so that
    /// clients do not reconnect all at once. Default: 0.5.
    pub fn randomization_factor(mut self, factor: f64) -> Self {
        // The cast saturates, and makes 0 of NaN.
        self.reconnection.randomization_percent = (factor.clamp(0.0, 1.0) * 100.0).round() as u8;
        self
    }

    /// How long a connection must last before the pauses start from the first one again. Default: 1 s.
    pub fn stable_after(mut self, lasted: Duration) -> Self {
        self.reconnection.stable_after = millis(lasted);
        self
    }
}

/// # Timeouts and heartbeat
impl Builder {
    /// The time limit for opening the connection, for the server's answer to the CONNECT of a namespace, and for the callbacks of
    /// [`auth_with`](Builder::auth_with) and [`on_refused`](Builder::on_refused). Default: 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.open_timeout = Some(millis(timeout));
        self.config.connect_timeout = Some(millis(timeout));
        self
    }

    /// The time limit for an HTTP request of polling, its response included. A GET has the server's `pingInterval` in addition,
    /// because a server holds it that long if it has no packets. A request that takes longer closes the connection with
    /// [`TransportError::RequestTimeout`](crate::TransportError::RequestTimeout), and the client reconnects.
    /// Default: no limit other than [`connect_timeout`](Builder::connect_timeout) and the heartbeat.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.network.request_timeout = Some(timeout);
        self
    }

    /// How long the server may be silent after a ping was due, if that is shorter than its own `pingTimeout`: notices a dead
    /// connection sooner. Default: as the server says.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.config.ping_grace = Some(millis(timeout));
        self
    }

    /// How often to ping a socket.io 2.x server, if that is more often than its own `pingInterval`. Later servers ping by
    /// themselves, at their own interval. Default: as the server says.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_every = Some(millis(interval));
        self
    }

    /// The default of [`AckRequest::timeout`](crate::AckRequest::timeout); `None` is no limit. Default: 30 s.
    pub fn ack_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.options.ack_timeout = timeout;
        self
    }

    /// How long to wait for a sign of a socket.io 2.x server, if the handshake does not tell the Engine.IO version; ten times as
    /// long if the last server was one. Default: 1 s.
    pub fn detection_timeout(mut self, timeout: Duration) -> Self {
        self.config.detection = millis(timeout);
        self
    }
}
