//! Emits that wait for their namespace to be connected, bounded in number and in bytes.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::error::Misuse;
use crate::output::AckId;
use crate::payload::Payload;

#[derive(Debug)]
pub(crate) struct Queued<P> {
    pub(crate) payload: P,
    pub(crate) attachments: Vec<P>,
    pub(crate) ack: Option<AckId>,
}

impl<P: Payload> Queued<P> {
    fn size(&self) -> usize {
        self.attachments
            .iter()
            .map(Payload::size)
            .fold(self.payload.size(), usize::saturating_add)
    }
}

#[derive(Debug)]
pub(crate) struct Offline<P> {
    queue: VecDeque<Queued<P>>,
    bytes: usize,
}

impl<P: Payload> Offline<P> {
    pub(crate) fn new() -> Self {
        Offline {
            queue: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Keeps one more emit.
    ///
    /// # Errors
    /// [`Misuse::BufferFull`] when it would pass `packets` in number or `bytes` in size; what was kept stays.
    pub(crate) fn push(
        &mut self,
        emit: Queued<P>,
        packets: usize,
        bytes: usize,
    ) -> Result<(), Misuse> {
        let size = emit.size();
        if self.queue.len() >= packets || self.bytes.saturating_add(size) > bytes {
            return Err(Misuse::BufferFull);
        }
        self.bytes += size;
        self.queue.push_back(emit);
        Ok(())
    }

    /// Takes the oldest emit.
    pub(crate) fn pop(&mut self) -> Option<Queued<P>> {
        let emit = self.queue.pop_front()?;
        self.bytes -= emit.size();
        Some(emit)
    }

    /// Drops the emit whose ack is no longer awaited, if it still waits.
    pub(crate) fn remove(&mut self, ack: AckId) {
        let Some(at) = self.queue.iter().position(|emit| emit.ack == Some(ack)) else {
            return;
        };
        if let Some(emit) = self.queue.remove(at) {
            self.bytes -= emit.size();
        }
    }
}
