//! The state that the handles of a fleet, its bots and their supervisors share.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::event::{BEHIND, Change, FleetEvent, FleetEvents};
use super::restart::Restart;
use super::slot::Slot;

pub(super) struct Shared<S> {
    pub(super) slots: Box<[Slot<S>]>,
    pub(super) restart: Restart,
    /// How long a bot that was disconnected for good may go on.
    pub(super) grace: Duration,
    /// The connections that may be opened at the same time.
    pub(super) handshakes: Arc<Semaphore>,
    pub(super) start: Instant,
    order: watch::Sender<Order>,
    /// The bots that may begin again.
    alive: watch::Sender<usize>,
    /// Present until all bots have ended.
    events: Mutex<Option<broadcast::Sender<FleetEvent>>>,
}

/// The order to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    /// Functions end by the first time, closes by the second.
    Stop(Instant, Instant),
}

impl<S> Shared<S> {
    pub(super) fn new(
        slots: Box<[Slot<S>]>,
        restart: Restart,
        grace: Duration,
        handshakes: usize,
    ) -> Shared<S> {
        let handshakes = handshakes.clamp(1, Semaphore::MAX_PERMITS);
        Shared {
            restart,
            grace,
            handshakes: Arc::new(Semaphore::new(handshakes)),
            start: Instant::now(),
            order: watch::Sender::new(Order::Run),
            alive: watch::Sender::new(slots.len()),
            events: Mutex::new(Some(broadcast::Sender::new(BEHIND))),
            slots,
        }
    }

    pub(super) fn tell(&self, slot: &Slot<S>, change: Change) {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(events) = &*events {
            // It fails without a reader.
            let _ = events.send(FleetEvent {
                index: slot.index,
                name: slot.name.clone(),
                change,
            });
        }
    }

    pub(super) fn events(&self) -> FleetEvents {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        FleetEvents::new(match &*events {
            Some(events) => events.subscribe(),
            // All bots have ended: a stream without events.
            None => broadcast::channel(1).1,
        })
    }

    // ---- the order to stop ----

    pub(super) fn stop(&self, order: Order) {
        // The first order counts, unless a later one is more urgent.
        self.order.send_if_modified(|old| {
            let is_new = match (*old, order) {
                (Order::Stop(old, _), Order::Stop(new, _)) => new < old,
                (Order::Run, Order::Stop(..)) => true,
                (_, Order::Run) => false,
            };
            if is_new {
                *old = order;
            }
            is_new
        });
    }

    pub(super) fn order(&self) -> Order {
        *self.order.borrow()
    }

    /// Waits until the fleet is to stop.
    pub(super) async fn stopping(&self) {
        let mut order = self.order.subscribe();
        // It fails never: `self` has the sender.
        let _ = order.wait_for(|order| *order != Order::Run).await;
    }

    /// Waits until the time that `limit` takes from the order has come, which a more urgent order may shorten.
    pub(super) async fn stopped_until(&self, limit: impl Fn(Instant, Instant) -> Instant) {
        let mut order = self.order.subscribe();
        loop {
            let until = match *order.borrow_and_update() {
                Order::Run => None,
                Order::Stop(functions, closes) => Some(limit(functions, closes)),
            };
            let passed = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => pending().await,
                }
            };
            match select(pin!(passed), pin!(order.changed())).await {
                Either::Left(((), _)) | Either::Right((Err(_), _)) => return,
                Either::Right((Ok(()), _)) => {}
            }
        }
    }

    // ---- the end ----

    /// Notes that a bot does not begin again.
    pub(super) fn bot_ended(&self) {
        self.alive.send_modify(|alive| {
            *alive = alive.saturating_sub(1);
            if *alive == 0 {
                self.end_events();
            }
        });
    }

    /// Ends the streams of events.
    pub(super) fn end_events(&self) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        *events = None;
    }

    /// Waits until no bot begins again.
    pub(super) async fn ended(&self) {
        let mut alive = self.alive.subscribe();
        let _ = alive.wait_for(|alive| *alive == 0).await;
    }
}
