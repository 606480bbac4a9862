//! The acks that handles await.

use std::collections::HashMap;

use tidewire_core::{AckId, Nsp};
use tokio::sync::oneshot;

use crate::command::{Answer, Ticket};
use crate::error::AckError;

type Tell = oneshot::Sender<Result<Answer, AckError>>;

#[derive(Default)]
pub(crate) struct Asks {
    awaited: HashMap<(Nsp, AckId), (Ticket, Tell)>,
    /// The same by the handles' names for them, for all may be given up at once.
    ids: HashMap<Ticket, (Nsp, AckId)>,
}

impl Asks {
    pub(crate) fn add(&mut self, nsp: Nsp, ack: AckId, ticket: Ticket, tell: Tell) {
        self.awaited.insert((nsp, ack), (ticket, tell));
        self.ids.insert(ticket, (nsp, ack));
    }

    /// Tells whoever asked.
    pub(crate) fn settle(&mut self, nsp: Nsp, ack: AckId, outcome: Result<Answer, AckError>) {
        if let Some((ticket, tell)) = self.awaited.remove(&(nsp, ack)) {
            self.ids.remove(&ticket);
            // Nobody listens when the future was dropped in this very moment.
            let _ = tell.send(outcome);
        }
    }

    /// Forgets an ack that nobody awaits any more. Gives what the machine calls it, if it was awaited until now.
    pub(crate) fn forget(&mut self, ticket: Ticket) -> Option<(Nsp, AckId)> {
        let id = self.ids.remove(&ticket)?;
        self.awaited.remove(&id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tidewire_core::{Ack, Client as Machine, Config, Delivery, Emit, Time};

    use super::*;

    /// The ids of as many acks, in a namespace each for odd and even ones.
    fn ids(count: u64) -> Vec<(Nsp, AckId)> {
        let mut machine = Machine::new(Config::default());
        let namespaces = [machine.namespace("/", None), machine.namespace("/b", None)];
        let emit = || Emit {
            payload: Bytes::new(),
            attachments: Vec::new(),
            ack: Ack::Unlimited,
            delivery: Delivery::Once,
        };
        (0..count)
            .map(|number| {
                let nsp = namespaces[(number % 2) as usize];
                (nsp, machine.emit(Time::ZERO, nsp, emit()).unwrap().unwrap())
            })
            .collect()
    }

    #[test]
    fn each_is_settled_or_forgotten_once_and_nothing_is_left() {
        let mut asks = Asks::default();
        let mut waiting = Vec::new();
        for (ticket, (nsp, ack)) in (100..).zip(ids(1_000)) {
            let (tell, told) = oneshot::channel();
            asks.add(nsp, ack, ticket, tell);
            waiting.push((ticket, nsp, ack, told));
        }
        for (ticket, nsp, ack, mut told) in waiting {
            if ticket % 3 == 0 {
                asks.settle(nsp, ack, Err(AckError::Timeout));
                assert!(matches!(told.try_recv(), Ok(Err(AckError::Timeout))));
                assert_eq!(asks.forget(ticket), None);
            } else {
                assert_eq!(asks.forget(ticket), Some((nsp, ack)));
                assert_eq!(asks.forget(ticket), None);
                asks.settle(nsp, ack, Err(AckError::Timeout));
                assert!(told.try_recv().is_err());
            }
        }
        assert!(asks.awaited.is_empty() && asks.ids.is_empty());
    }
}
