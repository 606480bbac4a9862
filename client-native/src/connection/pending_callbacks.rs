//! Application callbacks in progress: auth payloads, and decisions about refusals.

use std::future::Future;
use std::task::{Context, Poll};
use std::time::Duration;

use tidewire_core::{Millis, Nsp};

use crate::auth::AuthResult;
use crate::error::ConnectError;
use crate::guard::{discard, poll_guarded};
use crate::host::time::timeout;
use crate::maybe_send::{BoxFuture, MaybeSend};

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
    running: Vec<BoxFuture<'static, Finished>>,
}

impl PendingCallbacks {
    pub(super) fn start(
        &mut self,
        nsp: Nsp,
        number: u32,
        callback: impl Future<Output = CallbackResult> + MaybeSend + 'static,
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
    let caught = caught(callback);
    let result = match limit {
        Some(limit) => timeout(limit, caught).await,
        None => Ok(caught.await),
    };
    match result {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err("it panicked"),
        Err(_) => Err("it did not finish within Builder::connect_timeout"),
    }
}

/// Runs application code; `None` if it panicked.
async fn caught<T>(callback: impl Future<Output = T>) -> Option<T> {
    let mut callback = Some(Box::pin(callback));
    std::future::poll_fn(|cx| {
        let Some(running) = &mut callback else {
            return Poll::Ready(None);
        };
        let polled = poll_guarded(running.as_mut(), cx);
        if polled.is_none() {
            discard(callback.take());
        }
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

pub(super) fn duration(Millis(span): Millis) -> Duration {
    Duration::from_millis(span.into())
}
