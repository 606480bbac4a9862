//! Events wait at the gate of their client until its middleware has accepted it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use crate::Refusal;

/// The gate of one client. Events pass it in the order in which they arrive.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    /// Has no permits. Closing it wakes those that wait, the first one first.
    waiting: Semaphore,
    is_refused: AtomicBool,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self(Arc::new(State {
            waiting: Semaphore::new(0),
            is_refused: AtomicBool::new(false),
        }))
    }

    /// Lets events pass. No effect after [`Gate::refuse`].
    pub(super) fn open(&self) {
        self.0.waiting.close();
    }

    /// Ends the events that wait. No effect after [`Gate::open`].
    pub(super) fn refuse(&self) {
        if !self.0.waiting.is_closed() {
            self.0.is_refused.store(true, Ordering::Relaxed);
            self.0.waiting.close();
        }
    }

    /// Waits until all middleware has accepted the client.
    ///
    /// # Errors
    /// Middleware has refused it.
    pub(crate) async fn pass(&self) -> Result<(), Refusal> {
        // An error means that the gate is open, or the client refused.
        let _ = self.0.waiting.acquire().await;
        match self.0.is_refused.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Refusal::new("the client is refused")),
        }
    }
}
