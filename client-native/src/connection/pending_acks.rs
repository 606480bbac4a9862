//! The acks that handles await.

use std::collections::HashMap;

use tidewire_core::{AckId, Nsp};
use tokio::sync::oneshot;

use super::command::{AckFailure, AckReply, RequestId};

type ReplySender = oneshot::Sender<Result<AckReply, AckFailure>>;

/// `None` if no ack was awaited for a while: thousands of idle connections keep no room for one.
#[derive(Default)]
pub(crate) struct PendingAcks(Option<Box<Tables>>);

#[derive(Default)]
struct Tables {
    pending: HashMap<(Nsp, AckId), (RequestId, ReplySender)>,
    /// Finds an ack by its request, in constant time: every caller may give up at once.
    by_request: HashMap<RequestId, (Nsp, AckId)>,
    /// Whether no ack was awaited at the last pause, nor since.
    unused: bool,
}

impl PendingAcks {
    pub(crate) fn add(
        &mut self,
        nsp: Nsp,
        ack: AckId,
        request_id: RequestId,
        reply_tx: ReplySender,
    ) {
        let tables = self.0.get_or_insert_default();
        tables.unused = false;
        tables.pending.insert((nsp, ack), (request_id, reply_tx));
        tables.by_request.insert(request_id, (nsp, ack));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|tables| tables.pending.is_empty())
    }

    /// Takes all acks, with the callers that await them.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = (Nsp, AckId, ReplySender)> + use<> {
        let pending = self.0.take().map(|tables| tables.pending);
        pending
            .into_iter()
            .flatten()
            .map(|((nsp, ack), (_, reply_tx))| (nsp, ack, reply_tx))
    }

    /// Gives the caller its result.
    pub(crate) fn settle(&mut self, nsp: Nsp, ack: AckId, result: Result<AckReply, AckFailure>) {
        let Some(tables) = &mut self.0 else { return };
        if let Some((request_id, reply_tx)) = tables.pending.remove(&(nsp, ack)) {
            tables.by_request.remove(&request_id);
            // The caller may have dropped its future.
            let _ = reply_tx.send(result);
        }
    }

    /// Removes an ack that is not awaited any more. Returns its id in the machine if it was pending.
    pub(crate) fn remove(&mut self, request_id: RequestId) -> Option<(Nsp, AckId)> {
        let tables = self.0.as_mut()?;
        let id = tables.by_request.remove(&request_id)?;
        tables.pending.remove(&id);
        Some(id)
    }

    /// Gives the memory back at the second pause without an ack: one ack after the other needs the same tables again.
    pub(crate) fn shrink(&mut self) {
        if let Some(tables) = &mut self.0
            && tables.pending.is_empty()
            && std::mem::replace(&mut tables.unused, true)
        {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tidewire_core::{Ack, AckError, Client as Machine, Config, Delivery, Emit, Time};

    use super::*;

    /// The ids of `count` acks, in two namespaces by turns.
    fn ids(count: u64) -> Vec<(Nsp, AckId)> {
        let mut machine = Machine::new(Config::default());
        let namespaces = [machine.namespace("/", None), machine.namespace("/b", None)];
        let emit = || Emit {
            payload: Bytes::new(),
            attachments: Vec::new(),
            ack: Ack::Unlimited,
            delivery: Delivery::Once,
            compress: true,
        };
        (0..count)
            .map(|number| {
                let nsp = namespaces[(number % 2) as usize];
                (nsp, machine.emit(Time::ZERO, nsp, emit()).unwrap().unwrap())
            })
            .collect()
    }

    #[test]
    fn each_ack_is_settled_or_removed_once_and_nothing_is_left() {
        let mut acks = PendingAcks::default();
        let mut waiting = Vec::new();
        for (request_id, (nsp, ack)) in (100..).zip(ids(1_000)) {
            let (reply_tx, reply_rx) = oneshot::channel();
            acks.add(nsp, ack, request_id, reply_tx);
            waiting.push((request_id, nsp, ack, reply_rx));
        }
        for (request_id, nsp, ack, mut reply_rx) in waiting {
            if request_id % 3 == 0 {
                acks.settle(nsp, ack, Err(AckFailure::Lost(AckError::Timeout)));
                assert!(matches!(
                    reply_rx.try_recv(),
                    Ok(Err(AckFailure::Lost(AckError::Timeout)))
                ));
                assert_eq!(acks.remove(request_id), None);
            } else {
                assert_eq!(acks.remove(request_id), Some((nsp, ack)));
                assert_eq!(acks.remove(request_id), None);
                acks.settle(nsp, ack, Err(AckFailure::Lost(AckError::Timeout)));
                assert!(reply_rx.try_recv().is_err());
            }
        }
        let tables = acks.0.as_ref().unwrap();
        assert!(tables.pending.is_empty() && tables.by_request.is_empty());
        acks.shrink();
        let mut ids = ids(1).into_iter();
        let (nsp, ack) = ids.next().unwrap();
        acks.add(nsp, ack, 1, oneshot::channel().0);
        acks.settle(nsp, ack, Err(AckFailure::Lost(AckError::Timeout)));
        acks.shrink();
        assert!(acks.0.is_some(), "the first pause after an ack");
        acks.shrink();
        assert!(acks.0.is_none());
    }
}
