//! The settings of a testbed.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::Limits;

/// The settings of a testbed. Start from [`Config::default`].
///
/// ```
/// use std::time::Duration;
/// use tidewire_testbed::Config;
///
/// let brisk = Config { ping_interval: Duration::from_millis(200), ..Config::default() };
/// assert_eq!(brisk.port, 0);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// Address of the network interface. Default: 127.0.0.1.
    pub host: IpAddr,
    /// TCP port; 0 takes any free port. Default: 0.
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
    /// Bytes that may wait until a client reads from its WebSocket, or polls. At half of it, the server reads nothing more from the client,
    /// and its replies and `flood` wait; above it, because others send, the connection is closed. One message of any size, or one answer
    /// to a poll, may wait alone. Default: 16 MiB.
    pub max_buffer_bytes: usize,
    /// Bytes of the largest message (a POST body, a WebSocket message, the attachments of one
    /// packet). A larger one closes the connection. Default: 10,000,000.
    pub max_payload: usize,
    /// How much one client may ask for.
    pub limits: Limits,
    /// URL of the Redis that the nodes of a cluster share, such as `redis://127.0.0.1:6379`. Default: none, so that
    /// everything is in memory.
    pub redis: Option<String>,
    /// Name of this node in the cookie `tidewire_node`, by which a proxy finds the node of a session again. Default: none, and no
    /// cookie.
    pub node: Option<String>,
    /// Whether messages that programs publish in Redis are passed on. Default: `true`.
    pub bridge: bool,
    /// Keys of mobile-sdk's applications, by their names. Default: none, and `/` does not speak mobile-sdk's contract.
    pub apps: BTreeMap<String, String>,
    /// Whether mobile-sdk's contract has the faults of the original: no check of REST signatures, no sender in messages,
    /// identities of one node only. Default: `false`.
    pub original: bool,
    /// URL that decides on private and presence channels (`http` only). Default: none, and such subscriptions fail.
    pub echo_auth: Option<String>,
    /// Keys of the applications that may send to Echo channels over HTTP, by their ids. Default: none.
    pub echo_clients: BTreeMap<String, String>,
    /// Secret that signs the cookies of sessions; the nodes of a cluster share it. Default: a new one at each start.
    pub session_secret: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            path: "/socket.io".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_buffer_size: 65_536,
            max_buffer_bytes: 16 * 1024 * 1024,
            max_payload: 10_000_000,
            limits: Limits::default(),
            redis: None,
            node: None,
            bridge: true,
            apps: BTreeMap::new(),
            original: false,
            echo_auth: None,
            echo_clients: BTreeMap::new(),
            session_secret: None,
        }
    }
}

/// Shows no key, secret or password.
impl std::fmt::Debug for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Config")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("path", &self.path)
            .field("ping_interval", &self.ping_interval)
            .field("ping_timeout", &self.ping_timeout)
            .field("max_buffer_size", &self.max_buffer_size)
            .field("max_buffer_bytes", &self.max_buffer_bytes)
            .field("max_payload", &self.max_payload)
            .field("limits", &self.limits)
            .field("redis", &self.redis.is_some())
            .field("node", &self.node)
            .field("bridge", &self.bridge)
            .field("apps", &self.apps.keys())
            .field("original", &self.original)
            .field("echo_auth", &self.echo_auth)
            .field("echo_clients", &self.echo_clients.keys())
            .finish_non_exhaustive()
    }
}
