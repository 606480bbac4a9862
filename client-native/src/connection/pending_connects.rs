//! Callers that wait for a namespace to be connected.

use tidewire_core::Nsp;

use super::command::ConnectWaiter;
use crate::error::ConnectError;

#[derive(Default)]
pub(crate) struct PendingConnects {
    waiters: Vec<(Nsp, ConnectWaiter)>,
}

impl PendingConnects {
    pub(crate) fn add(&mut self, nsp: Nsp, waiter: ConnectWaiter) {
        // Removes the waiters whose futures were dropped, before the list grows.
        if self.waiters.len() == self.waiters.capacity() {
            self.waiters
                .retain(|(_, waiter)| !waiter.reply_tx.is_closed());
        }
        self.waiters.push((nsp, waiter));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Gives the waiters of one namespace their result.
    pub(crate) fn settle(&mut self, nsp: Nsp, result: &Result<(), ConnectError>) {
        self.settle_if(result, |waiting, _| waiting == nsp);
    }

    /// Fails the waiters of every namespace that `affected` accepts.
    pub(crate) fn fail_all(&mut self, error: &ConnectError, affected: impl Fn(Nsp) -> bool) {
        self.settle_if(&Err(error.clone()), |nsp, _| affected(nsp));
    }

    /// Fails the waiters that wanted a single attempt. Returns the namespaces that have no other waiter.
    pub(crate) fn fail_single_attempts(
        &mut self,
        error: &ConnectError,
        affected: impl Fn(Nsp) -> bool,
    ) -> Vec<Nsp> {
        let mut given_up: Vec<Nsp> = self
            .waiters
            .iter()
            .filter(|(nsp, waiter)| !waiter.keep_trying && affected(*nsp))
            .map(|(nsp, _)| *nsp)
            .collect();
        self.settle_if(&Err(error.clone()), |nsp, keep_trying| {
            !keep_trying && affected(nsp)
        });
        given_up.retain(|nsp| !self.waiters.iter().any(|(waiting, _)| waiting == nsp));
        given_up
    }

    fn settle_if(
        &mut self,
        result: &Result<(), ConnectError>,
        is_settled: impl Fn(Nsp, bool) -> bool,
    ) {
        let settled = self
            .waiters
            .extract_if(.., |(nsp, waiter)| is_settled(*nsp, waiter.keep_trying));
        for (_, waiter) in settled {
            // The caller may have dropped its future.
            let _ = waiter.reply_tx.send(result.clone());
        }
        if self.waiters.is_empty() {
            // Thousands of connected clients have no waiter, and keep no room for one.
            self.waiters = Vec::new();
        }
    }
}
