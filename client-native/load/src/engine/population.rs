//! The users of a run: starts them in time, and ends them.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::failure::Failure;
use super::phase::{Phase, Shape};
use super::schedule::Schedule;
use super::shared::{Person, Shared};
use super::stop::{Order, Stop};
use super::user::User;
use crate::stats::{Counter, Recorder, Stage};

/// Users that a closed phase starts in a second, unless it names the time.
const STARTS: f64 = 100.0;
/// The pause of a place in a closed phase after a user has failed: a server that refuses must not be hammered.
const PAUSE: Duration = Duration::from_secs(1);
/// The time in which users that were told to leave close their connections and await their last acks.
const LEAVING: Duration = Duration::from_secs(5);

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// A function that many users run.
pub(crate) struct Behaviour {
    pub(crate) name: Arc<str>,
    pub(crate) weight: u32,
    pub(crate) run: Box<dyn Fn(User) -> Running + Send + Sync>,
}

/// A part of all users: those whose number leaves the remainder `index` by `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) index: u64,
    pub(crate) count: u64,
}

impl Shard {
    fn has(self, number: u64) -> bool {
        number % self.count.max(1) == self.index
    }
}

/// Everything that the users of a run need.
pub(crate) struct Crew {
    pub(crate) shared: Arc<Shared>,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) order: watch::Sender<Order>,
    pub(crate) shard: Shard,
    /// The name of the phase that runs.
    pub(crate) phase: Mutex<String>,
    /// The places of all closed phases: numbers of users in them are a place and a multiple of this.
    pub(crate) places: u64,
}

/// Starts the users of all phases, and waits for their ends.
pub(crate) async fn run(crew: &Arc<Crew>, phases: &[Phase], grace: Option<Duration>) {
    let mut population = Population {
        crew: crew.clone(),
        users: JoinSet::new(),
        arrivals: AtomicU64::new(0),
        places: 0,
        begun: Instant::now(),
    };
    let stop = Stop::new(crew.order.subscribe(), None);
    tokio::select! {
        () = population.phases(phases) => {}
        () = stop.wait() => {}
    }
    crew.order.send_modify(|order| order.places = 0);
    population.end(grace, &stop).await;
}

struct Population {
    crew: Arc<Crew>,
    users: JoinSet<()>,
    arrivals: AtomicU64,
    /// The places of closed phases that are taken.
    places: u64,
    begun: Instant,
}

impl Population {
    async fn phases(&mut self, phases: &[Phase]) {
        let mut start = self.begun;
        for (number, phase) in phases.iter().enumerate() {
            let name = match &phase.name[..] {
                "" => format!("phase {}", number + 1),
                name => name.to_owned(),
            };
            *self
                .crew
                .phase
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = name;
            let end = start + phase.duration;
            self.phase(phase, start, number as u64).await;
            sleep_until(end).await;
            start = end;
        }
    }

    async fn phase(&mut self, phase: &Phase, start: Instant, number: u64) {
        if let Shape::Users { users, ramp } = phase.shape {
            return self.hold(users, ramp, start, phase.duration).await;
        }
        self.release(0);
        let seed = self.crew.shared.seed.wrapping_add(number);
        let Some(schedule) = Schedule::new(phase, StdRng::seed_from_u64(seed)) else {
            return;
        };
        for time in schedule {
            let intended = start + time;
            sleep_until(intended).await;
            self.arrive(intended, phase.max_users);
        }
    }

    fn arrive(&mut self, intended: Instant, max_users: Option<u64>) {
        let number = self.arrivals.fetch_add(1, Ordering::Relaxed);
        if !self.crew.shard.has(number) {
            return;
        }
        let recorder = &self.crew.shared.recorder;
        if max_users.is_some_and(|most| recorder.present().0 >= most) {
            recorder.count(Counter::UsersSkipped, 1);
            return;
        }
        let crew = self.crew.clone();
        // Counted here and not in the task, so that the next arrival sees it.
        let presence = Presence::new(recorder);
        // Arrivals have numbers above those of places.
        let number = crew.places + number;
        self.spawn(async move {
            let _ = crew.live(number, None, intended, presence).await;
        });
    }

    /// Brings the number of users to `users` and holds it.
    async fn hold(&mut self, users: u64, ramp: Option<Duration>, start: Instant, most: Duration) {
        let difference = self.places.abs_diff(users);
        let usual = Duration::from_secs_f64(difference as f64 / STARTS);
        let ramp = ramp.unwrap_or(usual).min(most);
        let before = self.places;
        for step in 0..difference {
            sleep_until(start + ramp.mul_f64(step as f64 / difference as f64)).await;
            if users > before {
                self.take_place();
            } else {
                self.release(before - step - 1);
            }
        }
    }

    fn take_place(&mut self) {
        let place = self.places;
        self.places += 1;
        let places = self.places;
        self.crew.order.send_modify(|order| order.places = places);
        if self.crew.shard.has(place) {
            let crew = self.crew.clone();
            self.spawn(async move { crew.occupy(place).await });
        }
    }

    /// Tells the users of the places from `places` on to leave.
    fn release(&mut self, places: u64) {
        self.places = places;
        self.crew.order.send_if_modified(|order| {
            let changes = order.places != places;
            order.places = places;
            changes
        });
    }

    fn spawn(&mut self, user: impl Future<Output = ()> + Send + 'static) {
        while self.users.try_join_next().is_some() {}
        self.users.spawn(user);
    }

    /// Waits for the users, tells those that are left to leave after the grace, and drops the rest.
    async fn end(&mut self, grace: Option<Duration>, stop: &Stop) {
        let everyone = async {
            let finished = async { while self.users.join_next().await.is_some() {} };
            match grace {
                Some(grace) => timeout(grace, finished).await.is_ok(),
                None => {
                    finished.await;
                    true
                }
            }
        };
        let is_done = tokio::select! {
            is_done = everyone => is_done,
            () = stop.wait() => false,
        };
        if !is_done {
            self.crew.order.send_modify(|order| order.all = true);
            let leaving = async { while self.users.join_next().await.is_some() {} };
            let _ = timeout(LEAVING, leaving).await;
        }
        self.users.shutdown().await;
    }
}

impl Crew {
    /// Keeps one place of a closed phase occupied until it is released.
    async fn occupy(self: Arc<Crew>, place: u64) {
        let stop = Stop::new(self.order.subscribe(), Some(place));
        let mut number = place;
        while !stop.is_set() {
            let presence = Presence::new(&self.shared.recorder);
            let is_well = self
                .live(number, Some(place), Instant::now(), presence)
                .await;
            number += self.places;
            if !is_well {
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    () = stop.wait() => {}
                }
            }
        }
    }

    /// Lives the life of one user. Returns whether it was without a failure.
    async fn live(
        &self,
        number: u64,
        place: Option<u64>,
        intended: Instant,
        mut presence: Presence,
    ) -> bool {
        let stop = Stop::new(self.order.subscribe(), place);
        let person = Arc::new(Person::new(self.shared.clone(), number, stop, intended));
        let user = User::new(person.clone());
        let behaviour = self.choose(number);
        let result = (behaviour.run)(user.clone()).await;
        let mut background = person.take_background();
        while background.join_next().await.is_some() {}
        let _ = timeout(LEAVING, user.close()).await;
        presence.outcome = match &result {
            Ok(()) => Counter::UsersCompleted,
            Err(failure) if failure.is_stop() => Counter::UsersStopped,
            Err(failure) => {
                failure.count(&self.shared.recorder);
                Counter::UsersFailed
            }
        };
        presence.outcome != Counter::UsersFailed
    }

    /// Chooses by weight; the same for the same seed and number.
    fn choose(&self, number: u64) -> &Behaviour {
        let seed = self.shared.seed ^ number.rotate_left(17);
        let total: u32 = self.behaviours.iter().map(|it| it.weight).sum();
        let mut drawn = StdRng::seed_from_u64(seed).random_range(0..total.max(1));
        for behaviour in &self.behaviours {
            if drawn < behaviour.weight {
                return behaviour;
            }
            drawn -= behaviour.weight;
        }
        &self.behaviours[0]
    }
}

/// Counts a user while it is there, also if its task is dropped or panics.
struct Presence {
    recorder: Recorder,
    outcome: Counter,
}

impl Presence {
    fn new(recorder: &Recorder) -> Presence {
        recorder.users(1);
        recorder.count(Counter::UsersStarted, 1);
        Presence {
            recorder: recorder.clone(),
            outcome: Counter::UsersStopped,
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.outcome = Counter::UsersFailed;
            self.recorder
                .error(Stage::Code, "the user function panicked");
        }
        self.recorder.count(self.outcome, 1);
        self.recorder.users(-1);
    }
}
