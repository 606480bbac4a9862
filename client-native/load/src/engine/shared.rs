//! The state that all users of a run share, and that of one user.

use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tidewire::EngineVersion;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::stop::Stop;
use super::tags::Tags;
use super::target::Target;
use crate::stats::Recorder;

/// Which received events are kept for [`Channel::wait`](super::Channel::wait). All are counted and measured.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Interest {
    /// All.
    #[default]
    All,
    /// The events with these names.
    Names(Arc<[Box<str>]>),
}

impl Interest {
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Interest::All => true,
            Interest::Names(names) => names.iter().any(|it| **it == *name),
        }
    }
}

/// The state that all users of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) target: Target,
    pub(crate) recorder: Recorder,
    pub(crate) tags: Tags,
    pub(crate) interest: Interest,
    /// Whether each namespace follows its peers.
    pub(crate) follows_peers: bool,
    pub(crate) seed: u64,
    /// The connects that may be in progress at a time.
    pub(crate) connecting: Semaphore,
    /// The server's version, once a user is connected.
    pub(crate) engine_version: Mutex<Option<EngineVersion>>,
}

impl Shared {
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        *self
            .engine_version
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_engine_version(&self, version: Option<EngineVersion>) {
        let mut known = self
            .engine_version
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known = known.or(version);
    }
}

/// The state that the handles of one user share.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) shared: Arc<Shared>,
    pub(crate) identity: Identity,
    pub(crate) stop: Stop,
    /// When the next action should start.
    intended: Mutex<Instant>,
    random: Mutex<StdRng>,
    /// The awaited acks of `ack_later`.
    background: Mutex<JoinSet<()>>,
}

/// Who a user is in the run, whatever process it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) number: u64,
    /// The row of data that it gets.
    pub(crate) turn: u64,
}

/// The times of an action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) at: Instant,
    pub(crate) intended: Instant,
}

impl Person {
    pub(crate) fn new(
        shared: Arc<Shared>,
        identity: Identity,
        stop: Stop,
        intended: Instant,
    ) -> Person {
        let seed = shared.seed ^ identity.number.wrapping_mul(0x2545_F491_4F6C_DD1D);
        Person {
            shared,
            identity,
            stop,
            intended: Mutex::new(intended),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            background: Mutex::default(),
        }
    }

    /// Begins an action. Its intended start is never later than its start.
    pub(crate) fn begin(&self) -> Start {
        let at = Instant::now();
        let intended = self.intended().min(at);
        Start { at, intended }
    }

    pub(crate) fn intended(&self) -> Instant {
        *self.intended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets when the next action should start.
    pub(crate) fn intend(&self, at: Instant) {
        *self.intended.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Uses the user's random numbers.
    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a task that belongs to the user.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut background = self
            .background
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while background.try_join_next().is_some() {}
        background.spawn(task);
    }

    /// Takes the tasks that still run.
    pub(crate) fn take_background(&self) -> JoinSet<()> {
        std::mem::take(
            &mut self
                .background
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}
