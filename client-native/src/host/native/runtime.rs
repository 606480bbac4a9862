//! Tasks on tokio.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Timeout, timeout};

/// The runtime on which a client was built.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Handle);

impl Runtime {
    /// The caller's runtime; `None` outside of one.
    pub(crate) fn current() -> Option<Runtime> {
        Handle::try_current().ok().map(Runtime)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Limits the time of a future, which may be polled outside of the runtime.
    pub(crate) fn timeout<F: Future>(&self, span: Duration, future: F) -> Timeout<F> {
        let _context = self.0.enter();
        timeout(span, future)
    }
}

/// Starts a task from another one. The returned future waits for its end.
pub(crate) fn spawn(
    task: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = ()> + Send {
    let running = tokio::spawn(task);
    // It fails only when the runtime ends.
    async move { drop(running.await) }
}
