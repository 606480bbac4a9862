//! Calls of application code, whose panics end that call only.
//!
//! Natively a panic unwinds. In a browser it is a trap, which JavaScript catches: nothing is dropped on the way, so values that took
//! part must be leaked.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls a function of the application. The error is the value that it panicked with, for [`drop_guarded`].
#[cfg(not(target_family = "wasm"))]
#[inline]
pub(crate) fn catch<R>(call: impl FnOnce() -> R) -> std::thread::Result<R> {
    // Returned as it is: copying the result costs each call of a handler 36 instructions of 2,757.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call))
}
#[cfg(target_family = "wasm")]
pub(crate) fn catch<R>(call: impl FnOnce() -> R) -> Result<R, Trapped> {
    tidewire_web::catch(call).ok_or(Trapped)
}

/// A panic in a browser, which has no value.
#[cfg(target_family = "wasm")]
pub(crate) struct Trapped;

/// Polls a future of the application; `None` if it panicked, which ends this call only. Then [`discard`] it.
pub(crate) fn poll_guarded<F: Future + ?Sized>(
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Option<Poll<F::Output>> {
    catch(|| future.poll(cx)).map_err(drop_guarded).ok()
}

/// Drops values of the application: handlers, and what a handler has panicked with. A panic must not end the dispatcher, and what
/// it has is leaked, because it could panic again.
#[cfg_attr(
    target_family = "wasm",
    expect(clippy::forget_non_drop, reason = "natively it has a destructor")
)]
pub(crate) fn drop_guarded<T>(values: T) {
    if let Err(payload) = catch(move || drop(values)) {
        std::mem::forget(payload);
    }
}

/// Gives up a value that has panicked. In a browser it may be half changed, so it is leaked.
pub(crate) fn discard<T>(value: T) {
    if cfg!(target_family = "wasm") {
        std::mem::forget(value);
    } else {
        drop_guarded(value);
    }
}
