//! The native host: tokio, and the network in [`transport`](crate::transport).

mod clock;
mod runtime;

use std::time::{SystemTime, UNIX_EPOCH};

use tidewire_core::Hint;

pub(crate) use crate::transport::websocket::{FrameBlock, WebSocketIo};
#[cfg(feature = "webtransport")]
pub(crate) use crate::transport::webtransport::WebTransportIo;
pub(crate) use crate::transport::{Connector, Settings};
pub(crate) use runtime::{Runtime, spawn};

/// Timers, and the machine's clock.
pub(crate) mod time {
    pub(crate) use super::clock::Clock;
    pub(crate) use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

    /// The time since then.
    pub(crate) fn since(start: Instant) -> std::time::Duration {
        start.elapsed()
    }
}

/// Listens to the platform's hints, which a native application gives itself.
#[derive(Debug)]
pub(crate) struct Watch;

pub(crate) fn watch(_: impl Fn(Hint) + 'static) -> Watch {
    Watch
}

/// The milliseconds since 1970.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// A seed for the jitter, another one for each client: the system seeds the standard library's hasher.
pub(crate) fn random_seed() -> u64 {
    use std::hash::BuildHasher;
    std::hash::RandomState::new().hash_one(0)
}
