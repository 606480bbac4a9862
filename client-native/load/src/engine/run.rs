//! One run: its users, its measurements second by second, and its end.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tidewire::EngineVersion;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::health::{Health, Watch};
use super::limits::Limits;
use super::numbering::{Numbering, Shard};
use super::phase::Phase;
use super::population::{self, Behaviour, Crew};
use super::shared::{Interest, Shared};
use super::stop::Order;
use super::tags::Tags;
use super::target::Target;
use crate::stats::{Moment, Recorder, Row, Totals};

/// The longest wait for tasks that were ended.
const SETTLING: Duration = Duration::from_secs(1);

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
    pub(crate) follows_peers: bool,
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
    let crew = Arc::new(crew(plan));
    let mut course = Course::start(crew.clone(), length);
    let mut population = Box::pin(population::run(&crew, &phases, &limits));
    let second = Duration::from_secs(1);
    let mut seconds = interval_at(course.start + second, second);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stops = 1;
    loop {
        tokio::select! {
            () = &mut population => break,
            () = stopper.called(stops) => {
                crew.order.send_modify(|order| {
                    order.all = true;
                    order.at_once = stops > 1;
                });
                stops += 1;
            }
            _ = seconds.tick() => {
                course.cut(stopper.calls() > 0, observe);
            }
        }
    }
    drop(population);
    settle(&crew.shared.recorder).await;
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

/// Waits until the tasks that were ended have counted the acks that they awaited.
async fn settle(recorder: &Recorder) {
    let deadline = Instant::now() + SETTLING;
    while recorder.awaited_acks() > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn crew(plan: Plan) -> Crew {
    let (index, count) = plan.limits.shard;
    let (order, _) = watch::channel(Order {
        all: false,
        at_once: false,
        places: 0,
    });
    Crew {
        shared: Arc::new(Shared {
            target: plan.target,
            recorder: Recorder::default(),
            tags: Tags::new(plan.seed ^ index),
            interest: plan.interest,
            follows_peers: plan.follows_peers,
            seed: plan.seed,
            connecting: Semaphore::new(plan.limits.connecting.clamp(1, Semaphore::MAX_PERMITS)),
            engine_version: Mutex::new(None),
        }),
        behaviours: plan.behaviours,
        order,
        numbering: Numbering::new(&plan.phases, Shard { index, count }),
        phase: Mutex::default(),
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
        let (most_users, most_connections) = shared.recorder.take_peaks();
        let moment = Moment {
            at: now - self.start,
            length: now - self.last,
            users,
            connections,
            most_users,
            most_connections,
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
