//! Application callbacks in progress: auth payloads, and decisions about refusals.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tidewire_core::{Millis, Nsp};
use tokio::time::timeout;

use crate::auth::AuthResult;
use crate::error::ConnectError;

/// The result of one callback.
pub(super) enum CallbackResult {
    Auth(AuthResult),
    /// Connect again: the application wants it, and the pause after the refusal is over.
    Reconnect,
    /// The refusal is final.
    GiveUp(ConnectError),
}

/// The namespace, the number of the call in it, and the result.
type Finished = (Nsp, u32, CallbackResult);

#[derive(Default)]
pub(super) struct PendingCallbacks {
    /// Few and short-lived, so each turn polls all of them.
    running: Vec<Pin<Box<dyn Future<Output = Finished> + Send>>>,
}

impl PendingCallbacks {
    pub(super) fn start(
        &mut self,
        nsp: Nsp,
        number: u32,
        callback: impl Future<Output = CallbackResult> + Send + 'static,
    ) {
        self.running
            .push(Box::pin(async move { (nsp, number, callback.await) }));
    }

    /// Polls all callbacks and takes the results of those that have finished.
    pub(super) fn poll_finished(&mut self, cx: &mut Context<'_>) -> Vec<Finished> {
        let mut finished = Vec::new();
        self.running
            .retain_mut(|callback| match callback.as_mut().poll(cx) {
                Poll::Ready(result) => {
                    finished.push(result);
                    false
                }
                Poll::Pending => true,
            });
        finished
    }
}

/// Runs application code, with a time limit. A panic is an error like any other.
pub(super) async fn guarded<T>(
    limit: Option<Duration>,
    callback: impl Future<Output = T>,
) -> Result<T, &'static str> {
    let caught = AssertUnwindSafe(callback).catch_unwind();
    let result = match limit {
        Some(limit) => timeout(limit, caught).await,
        None => Ok(caught.await),
    };
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err("it panicked"),
        Err(_) => Err("it did not finish within Builder::connect_timeout"),
    }
}

pub(super) fn duration(Millis(span): Millis) -> Duration {
    Duration::from_millis(span.into())
}
