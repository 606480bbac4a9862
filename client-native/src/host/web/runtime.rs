//! Tasks in the browser's event loop.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;

use super::time::{Elapsed, timeout};

/// The one event loop of a page or worker, which is always there.
#[derive(Clone, Debug)]
pub(crate) struct Runtime;

impl Runtime {
    pub(crate) fn current() -> Option<Runtime> {
        Some(Runtime)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        tidewire_web::spawn(task);
    }

    pub(crate) async fn timeout<F: Future>(
        &self,
        span: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        timeout(span, future).await
    }
}

/// Starts a task. The returned future waits for its end.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) -> impl Future<Output = ()> {
    let (ended_tx, ended_rx) = oneshot::channel();
    tidewire_web::spawn(async move {
        task.await;
        // It fails if no caller waits.
        let _ = ended_tx.send(());
    });
    // An error means that it panicked.
    async move { drop(ended_rx.await) }
}
