//! Events that are sent again until they are answered: at least once, in order, several on their way at a time.
//!
//! What is on its way is always the front of the queue, and a connection keeps order. So the first arrivals of events are in
//! the order of their emits, whatever is lost; only an event that arrives again may stand behind a younger one.
//! The reference has one on its way at a time (socket.io-client 4.8, `_drainQueue`), a round trip each.

use alloc::vec::Vec;

use super::acks::find;
use super::offline::size;
use crate::config::Config;
use crate::output::AckId;
use crate::payload::Payload;
use crate::queue::Queue;
use crate::time::{Millis, Time, earlier};

#[derive(Debug)]
pub(crate) struct Retried<P> {
    pub(crate) ack: AckId,
    pub(crate) payload: P,
    pub(crate) attachments: Vec<P>,
    /// How long one try may take.
    timeout: Option<Millis>,
    /// How many tries may follow the first.
    retries: u32,
    tries: u32,
    /// Of the try that is on its way.
    deadline: Option<Time>,
}

impl<P: Payload> Retried<P> {
    pub(crate) fn new(
        ack: AckId,
        payload: P,
        attachments: Vec<P>,
        timeout: Option<Millis>,
        retries: u32,
    ) -> Self {
        Retried {
            ack,
            payload,
            attachments,
            // A try takes time: without it, all of them would be over in the same moment.
            timeout: timeout.map(|span| span.max(Millis(1))),
            retries,
            tries: 0,
            deadline: None,
        }
    }

    /// Whether it may have reached the server.
    pub(crate) fn was_tried(&self) -> bool {
        self.tries > 0
    }

    /// Counts a try that begins now.
    fn begin(&mut self, now: Time) {
        self.tries = self.tries.saturating_add(1);
        self.deadline = self.timeout.map(|span| now + span);
    }

    fn is_due(&self, now: Time) -> bool {
        self.deadline.is_some_and(|at| at <= now)
    }

    fn is_spent(&self) -> bool {
        self.tries > self.retries
    }

    fn size(&self) -> usize {
        size(&self.payload, &self.attachments)
    }
}

/// What a try's end has led to.
#[derive(Debug)]
pub(crate) enum Due<'a, P> {
    /// It is tried again: send it.
    Again(&'a Retried<P>),
    /// It was the last.
    Spent(AckId),
}

/// Sorted by ack, for ids only grow.
#[derive(Debug)]
pub(crate) struct Retries<P> {
    queue: Queue<Retried<P>>,
    /// How many are on their way: the front of the queue.
    in_flight: usize,
    bytes: usize,
}

impl<P: Payload> Retries<P> {
    pub(crate) fn new() -> Self {
        Retries {
            queue: Queue::new(),
            in_flight: 0,
            bytes: 0,
        }
    }

    /// Whether one more stays within [`Config::offline_packets`] and [`Config::offline_bytes`].
    pub(crate) fn has_room(&self, payload: &P, attachments: &[P], config: &Config) -> bool {
        let bytes = self.bytes.saturating_add(size(payload, attachments));
        self.queue.len() < config.offline_packets && bytes <= config.offline_bytes
    }

    pub(crate) fn push(&mut self, retried: Retried<P>) {
        self.bytes += retried.size();
        self.queue.push(retried);
    }

    /// The next to be sent, if fewer than `window` are on their way.
    pub(crate) fn send_next(&mut self, now: Time, window: usize) -> Option<&Retried<P>> {
        if self.in_flight >= window.max(1) {
            return None;
        }
        let next = self.queue.get_mut(self.in_flight)?;
        next.begin(now);
        self.in_flight += 1;
        Some(next)
    }

    /// Whether the answer to one that was on its way is awaited; it no longer is.
    pub(crate) fn settle(&mut self, ack: AckId) -> bool {
        let found = self.find(ack).filter(|at| *at < self.in_flight);
        found.is_some_and(|at| self.remove(at).is_some())
    }

    /// Forgets one, sent or not.
    pub(crate) fn cancel(&mut self, ack: AckId) {
        if let Some(at) = self.find(ack) {
            self.remove(at);
        }
    }

    /// Takes one try whose time is over.
    pub(crate) fn expire(&mut self, now: Time) -> Option<Due<'_, P>> {
        let at = self.in_flight_at(|retried| retried.is_due(now))?;
        if self.queue.get(at)?.is_spent() {
            return Some(Due::Spent(self.remove(at)?.ack));
        }
        let retried = self.queue.get_mut(at)?;
        retried.begin(now);
        Some(Due::Again(retried))
    }

    /// The connection is gone, and all tries with it: takes one whose last it was. To be called until there is none.
    pub(crate) fn connection_lost(&mut self) -> Option<AckId> {
        let spent = self.in_flight_at(Retried::is_spent);
        if spent.is_none() {
            self.in_flight = 0;
        }
        Some(self.remove(spent?)?.ack)
    }

    /// Takes the oldest that is not on its way.
    pub(crate) fn take_waiting(&mut self) -> Option<Retried<P>> {
        self.remove(self.in_flight)
    }

    /// The payloads of what waits to be sent, the oldest first.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &P> {
        (self.in_flight..self.queue.len()).filter_map(|at| Some(&self.queue.get(at)?.payload))
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let deadlines = (0..self.in_flight).map(|at| self.queue.get(at)?.deadline);
        deadlines.fold(None, earlier)
    }

    // ---- inside ----

    /// The first on its way of which `f` is true.
    fn in_flight_at(&self, f: impl Fn(&Retried<P>) -> bool) -> Option<usize> {
        (0..self.in_flight).find(|at| self.queue.get(*at).is_some_and(&f))
    }

    fn find(&self, ack: AckId) -> Option<usize> {
        find(&self.queue, ack, |own| own.ack)
    }

    fn remove(&mut self, at: usize) -> Option<Retried<P>> {
        let retried = self.queue.take(at)?;
        self.bytes -= retried.size();
        if at < self.in_flight {
            self.in_flight -= 1;
        }
        Some(retried)
    }
}
