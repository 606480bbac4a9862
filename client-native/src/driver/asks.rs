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
}

impl Asks {
    pub(crate) fn add(&mut self, nsp: Nsp, ack: AckId, ticket: Ticket, tell: Tell) {
        self.awaited.insert((nsp, ack), (ticket, tell));
    }

    /// Tells whoever asked.
    pub(crate) fn settle(&mut self, nsp: Nsp, ack: AckId, outcome: Result<Answer, AckError>) {
        if let Some((_, tell)) = self.awaited.remove(&(nsp, ack)) {
            // Nobody listens when the future was dropped in this very moment.
            let _ = tell.send(outcome);
        }
    }

    /// Forgets an ack that nobody awaits any more. Looks at all of them, for that is rare.
    pub(crate) fn forget(&mut self, nsp: Nsp, ticket: Ticket) -> Option<AckId> {
        let found = self
            .awaited
            .iter()
            .find(|(key, value)| key.0 == nsp && value.0 == ticket);
        let (nsp, ack) = found.map(|(key, _)| *key)?;
        self.awaited.remove(&(nsp, ack));
        Some(ack)
    }
}
