//! The Socket.IO server of tidewire's tests, for Engine.IO 3 and 4 clients, on 127.0.0.1.
//!
//! `CONTRACT.md` beside this crate describes its namespaces and events; three Node servers behave the
//! same. A test starts a server, connects to it, and may kill it:
//!
//! ```
//! use tidewire_testbed::{Config, spawn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let testbed = spawn(Config::default()).await?;
//! let port = testbed.address().port();
//! assert_eq!(testbed.url(), format!("http://127.0.0.1:{port}"));
//!
//! testbed.stop().await; // closes every connection, as if the server were killed
//! let restarted = spawn(Config { port, ..Config::default() }).await?;
//! assert_eq!(restarted.address().port(), port);
//! # Ok(())
//! # }
//! ```
//!
//! # Differences from the Node servers
//! These are limits of socketioxide 0.18, the library in use:
//! * A refusal is `{"message": ".."}` without `data`, also in protocol 4, where other servers send a text.
//! * A protocol 4 CONNECT with a query (`40/ptop?room=a,`) is answered by `Invalid namespace`: put
//!   the query in the Engine.IO URL.
//! * `/early` sends its events right after CONNECT, also in protocol 4.
//! * `drop` closes the namespace only.
//! * Binary to a protocol 4 client fails over long-polling; it works over WebSocket.
//! * An event for a namespace that the client is not connected to closes the connection, and so does an
//!   event whose name needs an escape in JSON.
//!
//! # Layers, bottom up
//! `lock`, `refusal`, `limits`, `config`, `settings`, `metrics`, `running`, `envelope`, `args` -> `outbox` (unsent bytes of each client), `cluster` (several
//! nodes as one) -> `rooms`, `backpressure`, `handshake`, `app` (all that a node shares) -> `session`, `lab` (the events of four
//! namespaces) -> `namespace` (how a namespace is described and run) -> `echo`, `mobile`, `bridge` -> `namespaces`, `routes` ->
//! `server`. `fault_proxy`, `ports` and `redis_server` stand alone.
#![forbid(unsafe_code)]

mod app;
mod args;
mod backpressure;
mod bridge;
mod cluster;
mod config;
mod echo;
mod envelope;
mod fault_proxy;
mod handshake;
mod lab;
mod limits;
mod lock;
mod metrics;
mod mobile;
mod namespace;
mod namespaces;
mod node;
mod outbox;
mod ports;
mod purpose;
mod redis_server;
mod refusal;
mod rooms;
mod routes;
mod running;
mod server;
mod session;
mod settings;
mod webtransport;

pub use config::Config;
pub use fault_proxy::{FaultProxy, ScriptError, script_text, serve_control};
pub use limits::Limits;
pub use namespace::{Call, Connection, Namespace, Next};
pub use ports::free_port;
pub use redis_server::RedisServer;
pub use refusal::Refusal;
pub use server::{Testbed, spawn, spawn_with};
pub use settings::{BadSetting, Bounds};
pub use webtransport::WebTransportFront;
