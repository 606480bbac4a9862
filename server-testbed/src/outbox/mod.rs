//! Unsent bytes of each client: engineioxide bounds packets alone.
//!
//! * A WebSocket never waits for its client: bytes that the client does not read wait in its wire.
//! * Packets for a client that does not poll are fetched from the engine, and wait here as answers to its next polls.
//! * At half of [`Config::max_buffer_bytes`](crate::Config::max_buffer_bytes) the server reads nothing more from the client, and its own
//!   replies wait.
//! * Above the limit, because others send to the client, its connection is closed.

mod attend;
mod fetched;
mod limit;
mod listener;
mod poller;
mod sessions;
mod wire;

pub(crate) use attend::attend;
pub(crate) use limit::Limit;
pub(crate) use listener::{Listener, Peer};
pub(crate) use sessions::{Outbox, Outboxes};
