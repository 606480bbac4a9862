//! The one that is told when a namespace is connected and lost, and reads no events: the fleet of a bot.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tidewire_core::Reason;

/// A change of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observed {
    /// It is connected, and was not lost before.
    Connected,
    /// Its connection was lost, and the client connects again.
    Lost(Reason),
    /// It is connected again.
    Reconnected,
}

type Tell = Box<dyn Fn(Observed) + Send + Sync>;

/// An observer, if there is one. It is told by the driver, and must not wait.
#[derive(Default)]
pub(crate) struct Observer {
    tell: OnceLock<Tell>,
    is_lost: AtomicBool,
}

impl Observer {
    /// Sets the observer; only the first one counts.
    pub(crate) fn set(&self, tell: impl Fn(Observed) + Send + Sync + 'static) {
        let _ = self.tell.set(Box::new(tell));
    }

    pub(crate) fn connected(&self) {
        let was_lost = self.is_lost.swap(false, Ordering::Relaxed);
        self.tell(match was_lost {
            true => Observed::Reconnected,
            false => Observed::Connected,
        });
    }

    /// `reconnects`: whether the client connects again by itself.
    pub(crate) fn disconnected(&self, reason: Reason, reconnects: bool) {
        self.is_lost.store(reconnects, Ordering::Relaxed);
        if reconnects {
            self.tell(Observed::Lost(reason));
        }
    }

    fn tell(&self, observed: Observed) {
        if let Some(tell) = self.tell.get() {
            tell(observed);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("is_set", &self.tell.get().is_some())
            .finish_non_exhaustive()
    }
}
