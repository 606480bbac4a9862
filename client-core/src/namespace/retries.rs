//! Retried events: sent again until they are acked, in order, several in flight at a time.
//!
//! The events in flight are always the front of the queue, and a connection keeps order. So the first arrivals of events are
//! in the order of their emits, whatever is lost; only an event that arrives again may follow a later one.
//! The reference has one event in flight at a time (socket.io-client 4.8, `_drainQueue`), which takes a round trip for each.

use alloc::vec::Vec;

use super::acks::find;
use super::emit::Emit;
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
    pub(crate) compress: bool,
    /// How long one try may take.
    timeout: Option<Millis>,
    /// How many tries may follow the first.
    retries: u32,
    tries: u32,
    /// The deadline of the try in flight.
    deadline: Option<Time>,
}

impl<P: Payload> Retried<P> {
    pub(crate) fn new(ack: AckId, emit: Emit<P>, retries: u32) -> Self {
        Retried {
            ack,
            payload: emit.payload,
            attachments: emit.attachments,
            compress: emit.compress,
            // With a timeout of 0 ms all tries would expire at the same moment.
            timeout: emit.ack.timeout().map(|span| span.max(Millis(1))),
            retries,
            tries: 0,
            deadline: None,
        }
    }

    /// Returns whether the event may have reached the server.
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

/// The result of a try that has expired.
#[derive(Debug)]
pub(crate) enum Due<'a, P> {
    /// A new try has begun: send the event.
    Again(&'a Retried<P>),
    /// It was the last try.
    Spent(AckId),
}

/// The retried events, sorted by ack because ids only grow.
#[derive(Debug)]
pub(crate) struct Retries<P> {
    queue: Queue<Retried<P>>,
    /// How many events are in flight: the front of the queue.
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

    /// Returns whether one more event stays within [`Config::offline_packets`] and [`Config::offline_bytes`].
    pub(crate) fn has_room(&self, emit: &Emit<P>, config: &Config) -> bool {
        let size = size(&emit.payload, &emit.attachments);
        let bytes = self.bytes.saturating_add(size);
        self.queue.len() < config.offline_packets && bytes <= config.offline_bytes
    }

    pub(crate) fn push(&mut self, retried: Retried<P>) {
        self.bytes += retried.size();
        self.queue.push(retried);
    }

    /// Returns the next event to send, if fewer than `window` are in flight.
    pub(crate) fn send_next(&mut self, now: Time, window: usize) -> Option<&Retried<P>> {
        if self.in_flight >= window.max(1) {
            return None;
        }
        let next = self.queue.get_mut(self.in_flight)?;
        next.begin(now);
        self.in_flight += 1;
        Some(next)
    }

    /// Settles the ack of an event in flight. Returns whether there was one.
    pub(crate) fn settle(&mut self, ack: AckId) -> bool {
        let found = self.find(ack).filter(|at| *at < self.in_flight);
        found.is_some_and(|at| self.remove(at).is_some())
    }

    /// Removes an event, sent or not.
    pub(crate) fn cancel(&mut self, ack: AckId) {
        if let Some(at) = self.find(ack) {
            self.remove(at);
        }
    }

    /// Takes one try that is overdue.
    pub(crate) fn expire(&mut self, now: Time) -> Option<Due<'_, P>> {
        let at = self.in_flight_at(|retried| retried.is_due(now))?;
        if self.queue.get(at)?.is_spent() {
            return Some(Due::Spent(self.remove(at)?.ack));
        }
        let retried = self.queue.get_mut(at)?;
        retried.begin(now);
        Some(Due::Again(retried))
    }

    /// Ends all tries after a loss. Returns the ack of an event without tries left: call it until there is none.
    pub(crate) fn connection_lost(&mut self) -> Option<AckId> {
        let spent = self.in_flight_at(Retried::is_spent);
        if spent.is_none() {
            self.in_flight = 0;
        }
        Some(self.remove(spent?)?.ack)
    }

    /// Takes the oldest event that is not in flight.
    pub(crate) fn take_waiting(&mut self) -> Option<Retried<P>> {
        self.remove(self.in_flight)
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        self.queue.shrink();
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Returns the payloads of the events that are not in flight, the oldest first.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &P> {
        (self.in_flight..self.queue.len()).filter_map(|at| Some(&self.queue.get(at)?.payload))
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let deadlines = (0..self.in_flight).map(|at| self.queue.get(at)?.deadline);
        deadlines.fold(None, earlier)
    }

    // ---- inside ----

    /// Returns the position of the first event in flight for which `f` is true.
    fn in_flight_at(&self, f: impl Fn(&Retried<P>) -> bool) -> Option<usize> {
        (0..self.in_flight).find(|at| self.queue.get(*at).is_some_and(&f))
    }

    fn find(&self, ack: AckId) -> Option<usize> {
        find(&self.queue, ack, |retried| retried.ack)
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
