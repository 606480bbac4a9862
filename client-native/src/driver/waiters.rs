//! Who waits for a namespace to be connected.

use tidewire_core::Nsp;
use tokio::sync::oneshot;

use crate::command::Connecting;
use crate::error::ConnectError;

type Tell = oneshot::Sender<Result<(), ConnectError>>;

#[derive(Default)]
pub(crate) struct Waiters {
    waiting: Vec<(Nsp, Connecting)>,
}

impl Waiters {
    pub(crate) fn add(&mut self, nsp: Nsp, connecting: Connecting) {
        self.waiting.push((nsp, connecting));
    }

    /// The namespace is connected, or will not be.
    pub(crate) fn settle(&mut self, nsp: Nsp, outcome: &Result<(), ConnectError>) {
        for tell in self.take(|waiting, _| waiting == nsp) {
            tell_one(tell, outcome.clone());
        }
    }

    /// Nobody of those concerned will be connected.
    pub(crate) fn settle_all(&mut self, error: &ConnectError, concerned: impl Fn(Nsp) -> bool) {
        for tell in self.take(|nsp, _| concerned(nsp)) {
            tell_one(tell, Err(error.clone()));
        }
    }

    /// An attempt has failed: those who wanted just one hear of it. Gives the namespaces that nobody else waits for.
    pub(crate) fn settle_impatient(
        &mut self,
        error: &ConnectError,
        concerned: impl Fn(Nsp) -> bool,
    ) -> Vec<Nsp> {
        let mut given_up: Vec<Nsp> = self
            .waiting
            .iter()
            .filter(|(nsp, connecting)| !connecting.patient && concerned(*nsp))
            .map(|(nsp, _)| *nsp)
            .collect();
        for tell in self.take(|nsp, patient| !patient && concerned(nsp)) {
            tell_one(tell, Err(error.clone()));
        }
        given_up.retain(|nsp| !self.waiting.iter().any(|(waiting, _)| waiting == nsp));
        given_up
    }

    fn take(&mut self, which: impl Fn(Nsp, bool) -> bool) -> Vec<Tell> {
        let taken = self
            .waiting
            .extract_if(.., |(nsp, connecting)| which(*nsp, connecting.patient));
        let tells = taken.map(|(_, connecting)| connecting.tell).collect();
        if self.waiting.is_empty() {
            // A connected client, of which there may be thousands, has nobody waiting.
            self.waiting = Vec::new();
        }
        tells
    }
}

fn tell_one(tell: Tell, outcome: Result<(), ConnectError>) {
    // Whoever waited may have given up.
    let _ = tell.send(outcome);
}
