//! The boundary to the platform: tokio natively ([`transport`](crate::transport)), the browser on wasm.
//!
//! Everything above it is the same for both. Each host has these items, with the same names and signatures:
//!
//! | item | purpose |
//! |---|---|
//! | `Settings`, `Connector` | settings of the network; `open_websocket`, `get` and `post` requests |
//! | `WebSocketIo`, `WebTransportIo`, `FrameBlock` | an open full-duplex link: `send`, `poll_write`, `poll_receive`, `close`; frames for a WebSocket |
//! | `Runtime`, `spawn` | start tasks |
//! | `time` | the machine's clock; timers |
//! | `watch` | hints of the platform |
//! | `unix_millis`, `random_seed` | the date, for messages; a seed for jitter |

mod duplex;
#[cfg(not(target_family = "wasm"))]
mod native;
pub(crate) use self::duplex::DuplexIo;
#[cfg(not(target_family = "wasm"))]
pub(crate) use self::native::*;

#[cfg(target_family = "wasm")]
mod web;
#[cfg(target_family = "wasm")]
pub(crate) use self::web::*;
