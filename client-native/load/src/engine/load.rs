//! Load as code: the builder of a run.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tidewire::EngineVersion;

use super::failure::Failure;
use super::health::Health;
use super::limits::Limits;
use super::phase::Phase;
use super::population::Behaviour;
use super::run::{self, Plan, Progress, Stopper};
use super::shared::Interest;
use super::target::Target;
use super::user::User;
use crate::source::{LONGEST, LONGEST_TEXT};
use crate::stats::Totals;

/// A run could not begin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The target's URL or certificates are wrong.
    #[error("{0}")]
    Target(String),
    /// No user function was given.
    #[error("a run needs a user: call Load::user")]
    NoUser,
    /// No phase was given.
    #[error("a run needs a phase: call Load::phase")]
    NoPhase,
    /// A shard's number is not below the number of shards.
    #[error("shard {0} of {1} does not exist: the first one is 0")]
    Shard(u64, u64),
    /// A phase has a rate that is negative or not a number.
    #[error("phase {0} has a rate that is not a number of users per second")]
    Rate(usize),
    /// The phases last longer than ten years.
    #[error("the phases last longer than {}", LONGEST_TEXT)]
    TooLong,
}

/// A run of load, written in Rust: a target, phases, and what each user does.
///
/// ```no_run
/// use std::time::Duration;
/// use tidewire_load::{Load, Phase, Report, User};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let outcome = Load::new("http://localhost:3000/lab")?
///     .phase(Phase::arrivals(20.0, Duration::from_secs(10)))
///     .user("echo", 1, |user: User| async move {
///         let lab = user.connect("/lab").await?;
///         let answer: String = lab.ack("echo", "hello").await?;
///         assert_eq!(answer, "hello");
///         Ok(())
///     })
///     .run()
///     .await?;
/// println!("{}", Report::new(&outcome));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing runs until `run`"]
pub struct Load {
    target: Target,
    phases: Vec<Phase>,
    behaviours: Vec<Behaviour>,
    interest: Interest,
    follows_peers: bool,
    limits: Limits,
    seed: u64,
    stopper: Stopper,
}

/// Everything that a run has measured.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The server's URL.
    pub target: String,
    /// When the run began.
    pub began: SystemTime,
    /// How long it lasted.
    pub lasted: Duration,
    /// The measurements.
    pub totals: Totals,
    /// The generator's own health.
    pub health: Health,
    /// Whether the run was told to end before its time.
    pub is_interrupted: bool,
    /// The server's version, if a user was connected.
    pub engine_version: Option<EngineVersion>,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The part of all users that this process had, and the number of parts.
    pub shard: (u64, u64),
}

impl Load {
    /// A run against the server at a URL; see [`Target::new`].
    ///
    /// # Errors
    /// If the URL is wrong.
    pub fn new(url: &str) -> Result<Load, LoadError> {
        Ok(Load::on(Target::new(url).map_err(LoadError::Target)?))
    }

    /// A run against a target.
    pub fn on(target: Target) -> Load {
        Load {
            target,
            phases: Vec::new(),
            behaviours: Vec::new(),
            interest: Interest::All,
            follows_peers: false,
            limits: Limits::default(),
            seed: rand::random(),
            stopper: Stopper::default(),
        }
    }

    /// Adds a phase. Phases follow each other.
    pub fn phase(mut self, phase: Phase) -> Load {
        self.phases.push(phase);
        self
    }

    /// Adds a function that users run. Each user runs one, chosen by weight.
    pub fn user<F, Fut>(mut self, name: &str, weight: u32, run: F) -> Load
    where
        F: Fn(User) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.behaviours.push(Behaviour {
            name: name.into(),
            weight,
            run: Box::new(move |user| Box::pin(run(user))),
        });
        self
    }

    /// Sets the events that are kept for [`Channel::wait`](super::Channel::wait). Default: all.
    pub fn interest(mut self, interest: Interest) -> Load {
        self.interest = interest;
        self
    }

    /// Follows who is in the room of each namespace, and messages from client to client, with servers of egg-socket.io's peer-to-peer
    /// example: for [`Channel::presence`](super::Channel::presence) and [`Channel::exchange`](super::Channel::exchange). Default: no.
    pub fn peers(mut self) -> Load {
        self.follows_peers = true;
        self
    }

    /// Sets the bounds of the run.
    pub fn limits(mut self, limits: Limits) -> Load {
        self.limits = limits;
        self
    }

    /// Sets the seed of all random numbers. Default: a random one.
    pub fn seed(mut self, seed: u64) -> Load {
        self.seed = seed;
        self
    }

    /// The seed of all random numbers.
    pub(crate) fn own_seed(&self) -> u64 {
        self.seed
    }

    /// Sets the switch that ends the run early.
    pub(crate) fn stopper(mut self, stopper: &Stopper) -> Load {
        self.stopper = stopper.clone();
        self
    }

    /// Runs all phases.
    ///
    /// # Errors
    /// If the run cannot begin. Errors of users are counted in the outcome.
    pub async fn run(self) -> Result<Outcome, LoadError> {
        self.run_observed(|_| {}).await
    }

    /// Runs all phases, and shows the state of the run each second.
    ///
    /// # Errors
    /// As [`Load::run`].
    pub async fn run_observed(
        self,
        mut observe: impl FnMut(&Progress<'_>) + Send,
    ) -> Result<Outcome, LoadError> {
        self.check()?;
        let (target, seed, shard) = (self.target.url().to_string(), self.seed, self.limits.shard);
        let plan = Plan {
            target: self.target,
            phases: self.phases,
            behaviours: self.behaviours,
            interest: self.interest,
            follows_peers: self.follows_peers,
            limits: self.limits,
            seed,
        };
        let ran = run::run(plan, &self.stopper, &mut observe).await;
        Ok(Outcome {
            target,
            began: ran.began,
            lasted: ran.lasted,
            totals: ran.totals,
            health: ran.health,
            is_interrupted: ran.is_interrupted,
            engine_version: ran.engine_version,
            seed,
            shard,
        })
    }

    fn check(&self) -> Result<(), LoadError> {
        if self.behaviours.iter().all(|it| it.weight == 0) {
            return Err(LoadError::NoUser);
        }
        if self.phases.is_empty() {
            return Err(LoadError::NoPhase);
        }
        let mut lengths = self.phases.iter().map(Phase::duration);
        let length = lengths.try_fold(Duration::ZERO, Duration::checked_add);
        if length.is_none_or(|length| length > LONGEST) {
            return Err(LoadError::TooLong);
        }
        let (index, count) = self.limits.shard;
        if index >= count {
            return Err(LoadError::Shard(index, count));
        }
        match self.phases.iter().position(|phase| !phase.is_valid()) {
            Some(number) => Err(LoadError::Rate(number + 1)),
            None => Ok(()),
        }
    }

    /// The most users that there can be at a time in this process, as far as phases tell: exact for closed phases, all arrivals for
    /// open ones.
    pub fn most_users(&self) -> u64 {
        let arrivals: f64 = self.phases.iter().map(Phase::expected_arrivals).sum();
        let all = self.all_held().saturating_add(arrivals as u64);
        all.div_ceil(self.limits.shard.1.max(1))
    }

    /// The most users that closed phases hold in this process.
    pub(crate) fn held_users(&self) -> u64 {
        self.all_held().div_ceil(self.limits.shard.1.max(1))
    }

    fn all_held(&self) -> u64 {
        self.phases.iter().map(Phase::held).max().unwrap_or(0)
    }

    /// The names of the user functions.
    pub fn user_names(&self) -> Vec<Arc<str>> {
        self.behaviours.iter().map(|it| it.name.clone()).collect()
    }
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load")
            .field("target", &self.target)
            .field("phases", &self.phases)
            .field("users", &self.user_names())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
