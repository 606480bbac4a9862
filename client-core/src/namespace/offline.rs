//! The offline buffer: emits of a namespace that is not connected, bounded in number and in bytes.

use alloc::vec::Vec;

use crate::config::Config;
use crate::output::AckId;
use crate::payload::Payload;
use crate::queue::Queue;

#[derive(Debug)]
pub(crate) struct Queued<P> {
    pub(crate) payload: P,
    pub(crate) attachments: Vec<P>,
    pub(crate) ack: Option<AckId>,
    pub(crate) compress: bool,
}

impl<P: Payload> Queued<P> {
    fn size(&self) -> usize {
        size(&self.payload, &self.attachments)
    }
}

/// Returns the size in bytes of an event with its attachments.
pub(crate) fn size<P: Payload>(payload: &P, attachments: &[P]) -> usize {
    attachments
        .iter()
        .map(Payload::size)
        .fold(payload.size(), usize::saturating_add)
}

#[derive(Debug)]
pub(crate) struct Offline<P> {
    queue: Queue<Queued<P>>,
    bytes: usize,
}

impl<P: Payload> Offline<P> {
    pub(crate) fn new() -> Self {
        Offline {
            queue: Queue::new(),
            bytes: 0,
        }
    }

    /// Returns whether one more emit stays within [`Config::offline_packets`] and [`Config::offline_bytes`].
    pub(crate) fn has_room(&self, emit: &Queued<P>, config: &Config) -> bool {
        self.queue.len() < config.offline_packets
            && self.bytes.saturating_add(emit.size()) <= config.offline_bytes
    }

    /// Returns whether an emit would fit into the empty buffer.
    pub(crate) fn could_fit(emit: &Queued<P>, config: &Config) -> bool {
        config.offline_packets > 0 && emit.size() <= config.offline_bytes
    }

    /// Keeps one more emit, for which there must be room.
    pub(crate) fn push(&mut self, emit: Queued<P>) {
        self.bytes += emit.size();
        self.queue.push(emit);
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Returns the payloads, the oldest first.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &P> {
        (0..self.queue.len()).filter_map(|at| Some(&self.queue.get(at)?.payload))
    }

    /// Takes the oldest emit.
    pub(crate) fn pop(&mut self) -> Option<Queued<P>> {
        let emit = self.queue.pop()?;
        self.bytes -= emit.size();
        Some(emit)
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        self.queue.shrink();
    }

    /// Drops the emit with this ack, if it is buffered.
    pub(crate) fn remove(&mut self, ack: AckId) {
        let has_ack = |at: &usize| self.queue.get(*at).and_then(|emit| emit.ack) == Some(ack);
        if let Some(at) = (0..self.queue.len()).find(has_ack) {
            self.take(at);
        }
    }

    /// Takes the emit at this position.
    pub(crate) fn take(&mut self, at: usize) -> Option<Queued<P>> {
        let emit = self.queue.take(at)?;
        self.bytes -= emit.size();
        Some(emit)
    }
}
