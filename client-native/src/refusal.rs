//! What the application does about a refusal of the server's.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::Refused;

/// The answer to a refusal; see [`Builder::on_refused`](crate::Builder::on_refused).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Connect again after a pause, with an auth payload that is asked for anew.
    WithFreshAuth,
    /// The refusal stands: the namespace stays disconnected.
    GiveUp,
}

type Deciding = Pin<Box<dyn Future<Output = Retry> + Send>>;

/// The application's decision, asked for at each refusal.
pub(crate) struct OnRefused {
    /// How many refusals in a row it is asked about.
    pub(crate) attempts: u32,
    pub(crate) decide: Box<dyn Fn(Refused) -> Deciding + Send + Sync>,
}

impl OnRefused {
    pub(crate) fn new<F, Fut>(attempts: u32, decide: F) -> OnRefused
    where
        F: Fn(Refused) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Retry> + Send + 'static,
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
