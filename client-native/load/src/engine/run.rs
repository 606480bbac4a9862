//! One run: its users, its measurements second by second, and its end.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tidewire::EngineVersion;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::health::{Health, Watch};
use super::phase::Phase;
use super::population::{self, Behaviour, Crew, Shard};
use super::probe::Probe;
use super::shared::{Interest, Shared};
use super::stop::Order;
use super::tags::Tags;
use super::target::Target;
use crate::stats::{Kind, Moment, Recorder, Row, Totals};

/// Bounds of a run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connects that may be in progress at a time. Default: 100.
    pub connecting: usize,
    /// How long users may go on after the last phase; `None`: until their scenarios end. Default: 30 s.
    pub grace: Option<Duration>,
    /// The part of the users that this process has, and the number of parts: `(0, 1)` for all. Default: all.
    pub shard: (u64, u64),
    /// Whether a probe measures the stages of a connect each second. Default: yes.
    pub probes: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connecting: 100,
            grace: Some(Duration::from_secs(30)),
            shard: (0, 1),
            probes: true,
        }
    }
}

/// The state of a run, each second.
#[derive(Debug)]
pub struct Progress<'a> {
    /// The time since the start.
    pub elapsed: Duration,
    /// The length of all phases.
    pub length: Duration,
    /// The name of the phase.
    pub phase: &'a str,
    /// The last second.
    pub row: &'a Row,
    /// Everything since the start.
    pub totals: &'a Totals,
    /// The generator's own health.
    pub health: &'a Health,
    /// Whether the run was told to end.
    pub is_stopping: bool,
}

/// Ends a run early: gracefully at the first call, at once at the second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stopper(Arc<(AtomicU8, tokio::sync::Notify)>);

impl Stopper {
    pub(crate) fn stop(&self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
        self.0.1.notify_waiters();
    }

    pub(crate) fn calls(&self) -> u8 {
        self.0.0.load(Ordering::Relaxed)
    }

    async fn called(&self, times: u8) {
        loop {
            let notified = self.0.1.notified();
            if self.calls() >= times {
                return;
            }
            notified.await;
        }
    }
}

/// All that a run needs.
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) phases: Vec<Phase>,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) interest: Interest,
    pub(crate) limits: Limits,
    pub(crate) seed: u64,
}

/// Everything that a run has measured.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) began: SystemTime,
    pub(crate) lasted: Duration,
    pub(crate) totals: Totals,
    pub(crate) health: Health,
    pub(crate) is_interrupted: bool,
    pub(crate) engine_version: Option<EngineVersion>,
}

pub(crate) async fn run(
    plan: Plan,
    stopper: &Stopper,
    observe: &mut (dyn FnMut(&Progress<'_>) + Send),
) -> Ran {
    let began = SystemTime::now();
    let length = plan.phases.iter().map(|phase| phase.duration).sum();
    let (phases, limits) = (plan.phases.clone(), plan.limits.clone());
    let probing = limits.probes && !plan.target.is_proxied();
    let crew = Arc::new(crew(plan));
    let mut course = Course::start(crew.clone(), length);
    let mut probes = tokio::task::JoinSet::new();
    let mut population = Box::pin(population::run(&crew, &phases, limits.grace));
    let second = Duration::from_secs(1);
    let mut seconds = interval_at(course.start + second, second);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stops = 1;
    loop {
        tokio::select! {
            () = &mut population => break,
            () = stopper.called(stops) => {
                if stops > 1 {
                    break;
                }
                stops += 1;
                crew.order.send_modify(|order| order.all = true);
            }
            _ = seconds.tick() => {
                course.cut(stopper.calls() > 0, observe);
                if probing && probes.is_empty() {
                    probes.spawn(probe(crew.shared.clone()));
                }
                while probes.try_join_next().is_some() {}
            }
        }
    }
    drop(population);
    probes.shutdown().await;
    crew.shared.tags.settle(None, &crew.shared.recorder);
    course.cut(stopper.calls() > 0, observe);
    Ran {
        began,
        lasted: course.start.elapsed(),
        totals: course.totals,
        health: course.watch.health().clone(),
        is_interrupted: stopper.calls() > 0,
        engine_version: crew.shared.engine_version(),
    }
}

fn crew(plan: Plan) -> Crew {
    let (index, count) = plan.limits.shard;
    let places = plan.phases.iter().map(Phase::held).max().unwrap_or(0);
    let (order, _) = watch::channel(Order {
        all: false,
        places: 0,
    });
    Crew {
        shared: Arc::new(Shared {
            target: plan.target,
            recorder: Recorder::default(),
            tags: Tags::new(plan.seed ^ index),
            interest: plan.interest,
            seed: plan.seed,
            connecting: Semaphore::new(plan.limits.connecting.clamp(1, Semaphore::MAX_PERMITS)),
            engine_version: Mutex::new(None),
        }),
        behaviours: plan.behaviours,
        order,
        shard: Shard { index, count },
        phase: Mutex::default(),
        places,
    }
}

/// Measures the stages of a connect. A failure is counted by the users, who meet it, too.
async fn probe(shared: Arc<Shared>) {
    let Ok(probe) = Probe::run(&shared.target).await else {
        return;
    };
    let stages = [
        (Kind::ProbeDns, probe.dns),
        (Kind::ProbeTcp, Some(probe.tcp)),
        (Kind::ProbeTls, probe.tls),
        (Kind::ProbeHandshake, probe.facts.map(|_| probe.handshake)),
    ];
    for (kind, took) in stages {
        if let Some(took) = took {
            shared.recorder.record(kind, &"".into(), took, took);
        }
    }
}

/// The measurements of a run in progress.
struct Course {
    crew: Arc<Crew>,
    totals: Totals,
    watch: Watch,
    start: Instant,
    last: Instant,
    length: Duration,
}

impl Course {
    fn start(crew: Arc<Crew>, length: Duration) -> Course {
        let start = Instant::now();
        Course {
            crew,
            totals: Totals::default(),
            watch: Watch::start(),
            start,
            last: start,
            length,
        }
    }

    /// Ends a second.
    fn cut(&mut self, is_stopping: bool, observe: &mut (dyn FnMut(&Progress<'_>) + Send)) {
        let now = Instant::now();
        let shared = &self.crew.shared;
        shared.tags.settle(Some(now), &shared.recorder);
        let interval = shared.recorder.take();
        let (lag, cpu) = self.watch.cut();
        let (users, connections) = shared.recorder.present();
        let moment = Moment {
            at: now - self.start,
            length: now - self.last,
            users,
            connections,
            lag,
            cpu,
        };
        self.last = now;
        let row = self.totals.add(&interval, &moment);
        let phase = self
            .crew
            .phase
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        observe(&Progress {
            elapsed: now - self.start,
            length: self.length,
            phase: &phase,
            row: &row,
            totals: &self.totals,
            health: self.watch.health(),
            is_stopping,
        });
    }
}
