//! Servers and helpers that all test targets share.

#![allow(dead_code, reason = "every test target uses a part of it")]

pub(crate) mod case;
#[cfg(feature = "webtransport")]
#[path = "../../matrix/src/certificate.rs"]
pub(crate) mod certificate;
pub(crate) mod clock;
pub(crate) mod events;
#[cfg(feature = "webtransport")]
pub(crate) mod front;
pub(crate) mod laravel;
pub(crate) mod nginx;
pub(crate) mod peer;
pub(crate) mod polled;
pub(crate) mod programs;
pub(crate) mod proxy;
pub(crate) mod scripted;
pub(crate) mod server;

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tidewire::Builder;

/// Sets the first and the longest reconnection delay to `delay`.
pub(crate) fn reconnect_after(builder: Builder, delay: Duration) -> Builder {
    builder
        .reconnection_delay(delay)
        .reconnection_delay_max(delay)
}

/// Ends a test that hangs. No test waits for it to pass.
pub(crate) const GUARD: Duration = Duration::from_secs(60);

/// Runs `test` on two threads; panics if it hangs.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(guarded(test))
}

/// Runs `test` on one thread, so that it can stop the [`clock`]; panics if it hangs.
pub(crate) fn run_on_one_thread<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(guarded(test))
}

/// Awaits `future` for so long; `None` if it does not end.
pub(crate) async fn within<T>(span: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(span, future).await.ok()
}

/// Starts a task; the returned future is its output.
pub(crate) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> {
    let task = tokio::spawn(task);
    async move { task.await.expect("the task ends") }
}

/// Gives the network its turn.
pub(crate) async fn yield_now() {
    tokio::task::yield_now().await;
}

/// The milliseconds since 1970.
pub(crate) fn unix_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// Awaits `future`; panics if it does not end.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future)
        .await
        .expect("the test hangs")
}
