//! The settings of a testbed.

use std::time::Duration;

/// The settings of a testbed. Start from [`Config::default`].
///
/// ```
/// use std::time::Duration;
/// use tidewire_testbed::Config;
///
/// let brisk = Config { ping_interval: Duration::from_millis(200), ..Config::default() };
/// assert_eq!(brisk.port, 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// TCP port on 127.0.0.1; 0 takes any free port. Default: 0.
    pub port: u16,
    /// Path of the Engine.IO endpoint, without the slash at its end. Default: `/socket.io`.
    pub path: String,
    /// Time between two heartbeats. Default: 25 s.
    pub ping_interval: Duration,
    /// Time in which the client must answer a heartbeat, else the connection is closed. Default: 20 s.
    pub ping_timeout: Duration,
    /// Packets in the buffer of one connection. If it is full, replies and `flood` wait, broadcasts are
    /// lost, and a heartbeat that falls due closes the connection. Default: 65,536.
    pub max_buffer_size: usize,
    /// Bytes of the largest message (a POST body, a WebSocket message, the attachments of one
    /// packet). A larger one closes the connection. Default: 10,000,000.
    pub max_payload: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            path: "/socket.io".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_buffer_size: 65_536,
            max_payload: 10_000_000,
        }
    }
}
