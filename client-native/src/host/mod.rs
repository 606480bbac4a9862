//! The boundary to the platform: tokio natively ([`transport`](crate::transport)), the browser on wasm.
//!
//! Everything above it is the same for both. Each host has these items, with the same names and signatures:
//!
//! | item | purpose |
//! |---|---|
//! | `Settings`, `Connector` | settings of the network; `open` a WebSocket, `get` and `post` requests |
//! | `WebSocketIo`, `FrameBlock` | send, receive and close |
//! | `Runtime`, `spawn` | start tasks |
//! | `time` | the machine's clock; timers |
//! | `watch` | hints of the platform |
//! | `unix_millis`, `random_seed` | the date, for messages; a seed for jitter |

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub(crate) use self::native::*;

#[cfg(target_family = "wasm")]
mod web;
#[cfg(target_family = "wasm")]
pub(crate) use self::web::*;
