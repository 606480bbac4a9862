//! The order to leave: for all users, or for those of a closed phase that shrinks.

use tokio::sync::watch;

/// The order that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Whether all users leave.
    pub(crate) all: bool,
    /// Whether those that have not left are not waited for.
    pub(crate) at_once: bool,
    /// Places of closed phases from this one on are given up.
    pub(crate) places: u64,
}

/// The orders that a user listens to.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    order: watch::Receiver<Order>,
    /// The user's place in a closed phase.
    place: Option<u64>,
}

impl Stop {
    pub(crate) fn new(order: watch::Receiver<Order>, place: Option<u64>) -> Stop {
        Stop { order, place }
    }

    /// Returns whether the user is to leave.
    pub(crate) fn is_set(&self) -> bool {
        self.concerns(*self.order.borrow())
    }

    fn concerns(&self, order: Order) -> bool {
        order.all || self.place.is_some_and(|place| place >= order.places)
    }

    /// Waits until users that have not left are not waited for.
    pub(crate) async fn at_once(&self) {
        let mut order = self.order.clone();
        // An error means that the run has ended.
        let _ = order.wait_for(|order| order.at_once).await;
    }

    /// Waits until the user is to leave.
    pub(crate) async fn wait(&self) {
        let mut order = self.order.clone();
        // An error means that the run has ended.
        let _ = order.wait_for(|order| self.concerns(*order)).await;
    }
}
