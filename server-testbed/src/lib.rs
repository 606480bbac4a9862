//! The Socket.IO server that tidewire's clients are tested against: both protocol generations, in
//! memory, on 127.0.0.1.
//!
//! What it does, namespace by namespace, is written in `CONTRACT.md` beside this crate; three Node
//! servers do the same. A test starts one, talks to it, and may kill it:
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
//! testbed.stop().await; // every connection is gone now, as when a server is killed
//! let reborn = spawn(Config { port, ..Config::default() }).await?;
//! assert_eq!(reborn.address().port(), port);
//! # Ok(())
//! # }
//! ```
//!
//! # Where it differs from the Node servers
//! These are limits of socketioxide 0.18, the library below:
//! * A refusal is `{"message": ".."}` without `data`, also in protocol 4, where others send a text.
//! * A protocol 4 CONNECT with a query (`40/ptop?room=a,`) is answered by `Invalid namespace`: put
//!   the query in the engine's URL.
//! * `/early` sends its events right after CONNECT, also in protocol 4, and `drop` closes the
//!   namespace only.
//! * Binary from the server to a protocol 4 client fails over long-polling; over websocket it
//!   works.
//! * An event for a namespace that the client is not in (any more) closes the connection, and so
//!   does an event whose name needs an escape in JSON.
//!
//! # Layers, bottom up
//! `args`, `envelope`, `handshake`, `patience` -> `lab` (the events four namespaces share) ->
//! `namespaces` -> `server`.
#![forbid(unsafe_code)]

mod args;
mod config;
mod envelope;
mod handshake;
mod lab;
mod namespaces;
mod patience;
mod server;

pub use config::Config;
pub use server::{Testbed, spawn};
