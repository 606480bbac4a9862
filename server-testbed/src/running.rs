//! The events of one socket whose handlers have not ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Refusal;
use crate::metrics::{Metric, Metrics};

/// Counts them.
#[derive(Debug)]
pub(crate) struct Running {
    count: AtomicUsize,
    metrics: Arc<Metrics>,
}

impl Running {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Arc<Self> {
        let count = AtomicUsize::new(0);
        Arc::new(Self { count, metrics })
    }

    /// Takes one of `most` places, which the handler of `event` gives back at its end.
    ///
    /// # Errors
    /// All places are taken.
    pub(crate) fn enter(self: &Arc<Self>, event: &str, most: usize) -> Result<Place, Refusal> {
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        self.metrics.add(Metric::EventsRunning, 1);
        let place = Place(Arc::clone(self));
        if before < most {
            return Ok(place);
        }
        Err(Refusal::new(format!(
            "{event}: {most} events of this socket have not ended, and more are not allowed: answer and read first"
        )))
    }
}

#[derive(Debug)]
pub(crate) struct Place(Arc<Running>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.metrics.add(Metric::EventsRunning, -1);
    }
}
