//! The users of a run: starts them in time, and ends them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::failure::Failure;
use super::limits::{LEAVING, Limits};
use super::numbering::Numbering;
use super::phase::{Phase, Shape};
use super::schedule::Schedule;
use super::shared::{Identity, Person, Shared};
use super::spread::chosen;
use super::stop::{Order, Stop};
use super::user::User;
use crate::stats::{Counter, Recorder, Stage};

/// The users that an open phase brings at most: beyond, a process has neither ports nor files for them, only memory.
const MOST_USERS: u64 = 250_000;
/// Users that a closed phase starts in a second, unless it names the time.
const STARTS: f64 = 100.0;
/// The pause of a place in a closed phase after a user has failed: a server that refuses must not be hammered.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// A function that many users run.
pub(crate) struct Behaviour {
    pub(crate) name: Arc<str>,
    pub(crate) weight: u32,
    pub(crate) run: Box<dyn Fn(User) -> Running + Send + Sync>,
}

/// Everything that the users of a run need.
pub(crate) struct Crew {
    pub(crate) shared: Arc<Shared>,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) order: watch::Sender<Order>,
    pub(crate) numbering: Numbering,
    /// The name of the phase that runs.
    pub(crate) phase: Mutex<String>,
}

/// Starts the users of all phases, and waits for their ends.
pub(crate) async fn run(crew: &Arc<Crew>, phases: &[Phase], limits: &Limits) {
    let mut population = Population {
        crew: crew.clone(),
        users: JoinSet::new(),
        arrivals: 0,
        places: 0,
        begun: Instant::now(),
    };
    let stop = Stop::new(crew.order.subscribe(), None);
    tokio::select! {
        () = population.phases(phases) => {}
        () = stop.wait() => {}
    }
    crew.order.send_modify(|order| order.places = 0);
    population.end(limits, &stop).await;
}

struct Population {
    crew: Arc<Crew>,
    users: JoinSet<()>,
    arrivals: u64,
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
        let Some(mut schedule) = Schedule::new(phase, StdRng::seed_from_u64(seed)) else {
            return;
        };
        let end = start + phase.duration;
        while let Some(time) = schedule.next() {
            let intended = start + time;
            sleep_until(intended).await;
            if !self.arrive(intended, phase.max_users) && Instant::now() > end {
                // More than the program can even skip one by one.
                self.skip(schedule.remaining());
                return;
            }
        }
    }

    /// Skips arrivals for which there is no room.
    fn skip(&mut self, arrivals: u64) {
        let shard = self.crew.numbering.shard();
        let before = shard.share_of(self.arrivals);
        self.arrivals = self.arrivals.saturating_add(arrivals);
        let skipped = shard.share_of(self.arrivals) - before;
        let recorder = &self.crew.shared.recorder;
        recorder.count(Counter::UsersSkipped, skipped);
    }

    /// Returns whether there was room for the user, or it belongs to another shard.
    fn arrive(&mut self, intended: Instant, max_users: Option<u64>) -> bool {
        let arrival = self.arrivals;
        self.arrivals += 1;
        if !self.crew.numbering.shard().has(arrival) {
            return true;
        }
        let recorder = &self.crew.shared.recorder;
        if recorder.present().0 >= max_users.unwrap_or(MOST_USERS) {
            recorder.count(Counter::UsersSkipped, 1);
            return false;
        }
        let crew = self.crew.clone();
        // Counted here and not in the task, so that the next arrival sees it.
        let presence = Presence::new(recorder);
        let identity = Identity {
            number: crew.numbering.of_arrival(arrival),
            turn: crew.numbering.take_turn(),
        };
        self.spawn(async move {
            let _ = crew.live(identity, None, intended, presence).await;
        });
        true
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
        if self.crew.numbering.shard().has(place) {
            let crew = self.crew.clone();
            // Taken here and not in the task, so that the users of the first round have their turns in order.
            let turn = crew.numbering.take_turn();
            self.spawn(async move { crew.occupy(place, turn).await });
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
    async fn end(&mut self, limits: &Limits, stop: &Stop) {
        let everyone = async {
            let finished = async { while self.users.join_next().await.is_some() {} };
            match limits.grace {
                Some(grace) => timeout(grace, finished).await.is_ok(),
                None => {
                    finished.await;
                    true
                }
            }
        };
        let (is_done, time) = tokio::select! {
            is_done = everyone => (is_done, limits.leaving),
            () = stop.wait() => (false, LEAVING),
        };
        if !is_done {
            self.crew.order.send_modify(|order| order.all = true);
            let leaving = async { while self.users.join_next().await.is_some() {} };
            tokio::select! {
                _ = timeout(time, leaving) => {}
                () = stop.at_once() => {}
            }
        }
        self.users.shutdown().await;
    }
}

impl Crew {
    /// Keeps one place of a closed phase occupied until it is released.
    async fn occupy(self: Arc<Crew>, place: u64, first_turn: u64) {
        let stop = Stop::new(self.order.subscribe(), Some(place));
        let mut life = 0;
        let mut first_turn = Some(first_turn);
        while !stop.is_set() {
            let presence = Presence::new(&self.shared.recorder);
            let numbering = &self.numbering;
            let identity = Identity {
                number: numbering.of_life(place, life),
                turn: first_turn.take().unwrap_or_else(|| numbering.take_turn()),
            };
            let is_well = self
                .live(identity, Some(place), Instant::now(), presence)
                .await;
            life += 1;
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
        identity: Identity,
        place: Option<u64>,
        intended: Instant,
        mut presence: Presence,
    ) -> bool {
        let stop = Stop::new(self.order.subscribe(), place);
        let person = Arc::new(Person::new(self.shared.clone(), identity, stop, intended));
        let user = User::new(person.clone());
        let behaviour = self.choose(identity.number);
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
        let weights = self.behaviours.iter().map(|it| it.weight);
        let chosen = chosen(weights, &mut StdRng::seed_from_u64(seed));
        &self.behaviours[chosen.unwrap_or(0)]
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
