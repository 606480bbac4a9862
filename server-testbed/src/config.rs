//! How a testbed is set up: one plain struct, every field with a default.

use std::time::Duration;

/// The settings of one testbed.
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
    /// TCP port on 127.0.0.1; 0 takes any free one. Default: 0.
    pub port: u16,
    /// Path of the engine, without the slash at its end. Default: `/socket.io`.
    pub path: String,
    /// Time between two heartbeats. Default: 25 s.
    pub ping_interval: Duration,
    /// Time the peer has to answer a heartbeat before it is cut off. Default: 20 s.
    pub ping_timeout: Duration,
    /// Packets that may wait for one connection. Answers and `flood` wait for room, broadcasts to a
    /// full connection are lost, and so is the connection when a heartbeat falls due meanwhile.
    /// Default: 65,536.
    pub max_buffer_size: usize,
    /// Bytes of the largest message (a POST body, a websocket message, the attachments of one
    /// packet); a larger one closes the connection. Default: 10,000,000.
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
