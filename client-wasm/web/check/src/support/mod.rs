//! Helpers of the scenarios in a browser, with the names that `client-native/tests/support` has.

#![allow(dead_code, reason = "the shared files use a part of it")]

#[path = "../../../../../client-native/tests/support/case.rs"]
pub(crate) mod case;
#[path = "../../../../../client-native/tests/support/events.rs"]
pub(crate) mod events;
#[path = "../../../../../client-native/tests/support/laravel.rs"]
pub(crate) mod laravel;
pub(crate) mod programs;
pub(crate) mod server;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tidewire::Builder;
pub(crate) use tidewire_web::unix_millis;
use tidewire_web::{Timer, now};
use tokio::sync::oneshot;

/// Sets the first and the longest reconnection delay to `delay`.
pub(crate) fn reconnect_after(builder: Builder, delay: Duration) -> Builder {
    builder
        .reconnection_delay(delay)
        .reconnection_delay_max(delay)
}

/// Ends a test that hangs. No test waits for it to pass.
pub(crate) const GUARD: Duration = Duration::from_secs(60);

/// Awaits `future`; panics if it does not end.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> T {
    within(GUARD, future).await.expect("the test hangs")
}

/// Awaits `future` for so long; `None` if it does not end.
pub(crate) async fn within<T>(span: Duration, future: impl Future<Output = T>) -> Option<T> {
    let end = Timer::new(now() + u64::try_from(span.as_millis()).unwrap());
    match select(pin!(future), end).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// Starts a task; the returned future is its output.
pub(crate) fn spawn<T: 'static>(
    task: impl Future<Output = T> + 'static,
) -> impl Future<Output = T> {
    let (output_tx, output_rx) = oneshot::channel();
    tidewire_web::spawn(async move {
        let _ = output_tx.send(task.await);
    });
    async move { output_rx.await.expect("the task ends") }
}

/// Gives the network its turn.
pub(crate) async fn yield_now() {
    Timer::new(now() + 1).await;
}
