//! A limit of the connections that are being opened at the same time, which many clients share.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A client's access to the limit.
#[derive(Debug)]
pub(crate) struct ConnectLimit {
    limit: Arc<Semaphore>,
    /// The permit of the first attempt, which has waited for it before its time began.
    first: Mutex<Option<OwnedSemaphorePermit>>,
}

impl ConnectLimit {
    pub(crate) fn new(limit: Arc<Semaphore>, first: Option<OwnedSemaphorePermit>) -> ConnectLimit {
        let first = Mutex::new(first);
        ConnectLimit { limit, first }
    }

    /// Waits for a permit. Another attempt may have it when it is dropped.
    pub(crate) async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        let first = {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.take()
        };
        match first {
            Some(permit) => Some(permit),
            // It is never closed.
            None => self.limit.clone().acquire_owned().await.ok(),
        }
    }
}
