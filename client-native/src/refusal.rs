//! The application's decision after the server has refused a namespace.

use std::fmt;
use std::future::Future;

use crate::error::Refused;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync, dyn_fn};

/// The decision after a refusal; see [`Builder::on_refused`](crate::Builder::on_refused).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Connect again after a pause, with a new auth payload.
    WithFreshAuth,
    /// Accept the refusal. The namespace stays disconnected.
    GiveUp,
}

type Decision = BoxFuture<'static, Retry>;

/// The application's callback for refusals.
pub(crate) struct OnRefused {
    /// The number of refusals in a row for which it is called.
    pub(crate) attempts: u32,
    pub(crate) decide: Box<dyn_fn!((Refused) -> Decision)>,
}

impl OnRefused {
    pub(crate) fn new<F, Fut>(attempts: u32, decide: F) -> OnRefused
    where
        F: Fn(Refused) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Retry> + MaybeSend + 'static,
    {
        OnRefused {
            attempts,
            decide: Box::new(move |refused| Box::pin(decide(refused))),
        }
    }
}

impl fmt::Debug for OnRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRefused")
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
