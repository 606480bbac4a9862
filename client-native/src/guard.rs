//! Calls of application code, whose panics end that call only.
//!
//! Natively a panic unwinds. In a browser it is a trap, which JavaScript catches: nothing is dropped on the way, so values that took
//! part must be leaked.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls a function of the application; `None` if it panicked.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn catch<R>(call: impl FnOnce() -> R) -> Option<R> {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call));
    // What it panicked with is the application's, too.
    result.map_err(drop_guarded).ok()
}
#[cfg(target_family = "wasm")]
pub(crate) use tidewire_web::catch;

/// Polls a future of the application; `None` if it panicked, which ends this call only. Then [`discard`] it.
pub(crate) fn poll_guarded<F: Future + ?Sized>(
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Option<Poll<F::Output>> {
    catch(|| future.poll(cx))
}

/// Drops values of the application: handlers, and what a handler has panicked with. A panic must not end the dispatcher, and what
/// it has is leaked, because it could panic again.
pub(crate) fn drop_guarded<T>(values: T) {
    #[cfg(not(target_family = "wasm"))]
    {
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || drop(values)));
        if let Err(payload) = dropped {
            std::mem::forget(payload);
        }
    }
    #[cfg(target_family = "wasm")]
    catch(move || drop(values));
}

/// Gives up a value that has panicked. In a browser it may be half changed, so it is leaked.
pub(crate) fn discard<T>(value: T) {
    if cfg!(target_family = "wasm") {
        std::mem::forget(value);
    } else {
        drop_guarded(value);
    }
}
