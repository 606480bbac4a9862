//! A simulated user.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidewire::{Builder, Client, Message};
use tokio::time::{Instant, sleep_until};

use super::channel::Channel;
use super::failure::Failure;
use super::shared::{Person, Start};
use super::spread::Spread;
use super::tags::Receivers;
use super::target::Target;
use super::wording::error_text;
use crate::source::LONGEST;
use crate::stats::{Counter, Kind, Recorder, Stage};

/// A simulated user: connects, pauses, and has random numbers of its own.
///
/// All its actions are measured twice: from their start (service time), and from the time at which they should have started
/// (response time), which is the end of the action or pause before, or the tick of a [`Pace`].
#[derive(Clone, Debug)]
pub struct User {
    person: Arc<Person>,
    client: Arc<Mutex<Option<Client>>>,
}

impl User {
    pub(super) fn new(person: Arc<Person>) -> User {
        User {
            person,
            client: Arc::default(),
        }
    }

    /// The number of the user in the run, from 0 on. A run with the same seed gives it the same random numbers.
    pub fn number(&self) -> u64 {
        self.person.identity.number
    }

    /// The turn of the user: the row of data that it gets.
    pub(crate) fn turn(&self) -> u64 {
        self.person.identity.turn
    }

    /// Connects a namespace: the first one with a new connection, later ones on the same.
    ///
    /// # Errors
    /// If the server refuses, cannot be reached, or does not answer in time.
    pub async fn connect(&self, namespace: &str) -> Result<Channel, Failure> {
        self.connect_with(namespace, |builder| builder).await
    }

    /// Connects a namespace with options of this user's own: a token, for example. They count for the first namespace only.
    ///
    /// # Errors
    /// As [`User::connect`].
    pub async fn connect_with(
        &self,
        namespace: &str,
        options: impl FnOnce(Builder) -> Builder,
    ) -> Result<Channel, Failure> {
        if let Some(client) = self.client() {
            let start = self.person.begin();
            let socket = client.namespace(namespace);
            return Channel::connect(&self.person, socket, Kind::Namespace, start).await;
        }
        let shared = &self.person.shared;
        let _permit = tokio::select! {
            permit = shared.connecting.acquire() => permit,
            () = self.person.stop.wait() => return Err(Failure::stop()),
        };
        // The wait for the permit is the generator's, so it counts for the response time only.
        let start = self.person.begin();
        let builder = options(shared.target.builder(namespace, self.number()));
        let client = builder.build().map_err(|error| {
            let text = error_text(&error);
            Failure::counted(&shared.recorder, Stage::Connect, text)
        })?;
        let channel = Channel::connect(&self.person, client.socket(), Kind::Connect, start).await?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
        Ok(channel)
    }

    fn client(&self) -> Option<Client> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    /// Closes the connection. The next connect makes a new one.
    pub async fn close(&self) {
        let client = {
            let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
            client.take()
        };
        if let Some(client) = client {
            client.close().await;
        }
    }

    /// Pauses. The pause ends early if the user is told to leave.
    ///
    /// # Errors
    /// If the user is told to leave.
    pub async fn think(&self, pause: impl Into<Spread>) -> Result<(), Failure> {
        let pause = self.person.random(|random| pause.into().draw(random));
        self.sleep_until(self.person.intended() + pause).await
    }

    async fn sleep_until(&self, at: Instant) -> Result<(), Failure> {
        if self.person.stop.is_set() {
            return Err(Failure::stop());
        }
        tokio::select! {
            () = sleep_until(at) => {
                self.person.intend(at);
                Ok(())
            }
            () = self.person.stop.wait() => Err(Failure::stop()),
        }
    }

    /// Starts a schedule of equal gaps, the first of which begins now. A gap has 1 µs at least and 3,650 days at most.
    pub fn pace(&self, gap: Duration) -> Pace {
        Pace {
            user: self.clone(),
            gap: gap.clamp(Duration::from_micros(1), LONGEST),
            next: self.person.intended(),
        }
    }

    /// Waits until the user is told to leave: a user that stays connected and listens.
    ///
    /// # Errors
    /// Always: the order to leave.
    pub async fn stay(&self) -> Result<(), Failure> {
        self.person.stop.wait().await;
        Err(Failure::stop())
    }

    /// Returns whether the user is told to leave. Actions go on; pauses and waits end.
    pub fn is_stopping(&self) -> bool {
        self.person.stop.is_set()
    }

    /// Uses the user's random numbers.
    pub fn random<T>(&self, draw: impl FnOnce(&mut rand::rngs::StdRng) -> T) -> T {
        self.person.random(draw)
    }

    /// The measurements of the run.
    pub fn recorder(&self) -> &Recorder {
        &self.person.shared.recorder
    }

    /// Makes a tag: a text that stands anywhere in the arguments of an event, so that its arrival at other users is measured.
    ///
    /// `receivers` users should get the event within the time; missing copies are counted as lost. Emit the event right after.
    pub fn tag(&self, label: &str, receivers: u64, within: Duration) -> String {
        self.tag_for(label, receivers, within, false)
    }

    /// Makes a tag for an event that may name its receiver: then only the copy that it gets counts.
    pub(crate) fn tag_for(
        &self,
        label: &str,
        receivers: u64,
        within: Duration,
        is_addressed: bool,
    ) -> String {
        let shared = &self.person.shared;
        let tag = shared.tags.create();
        let label = label.into();
        let intended = self.person.intended();
        let receivers = Receivers {
            count: receivers,
            within,
            is_addressed,
        };
        if !shared.tags.sent(&tag, &label, intended, receivers) {
            let text =
                "1,000,000 tagged events are on their way: the delivery of more is not measured";
            shared.recorder.error(Stage::Client, text);
        }
        tag
    }

    /// Forgets a tag whose event was not sent after all.
    pub(crate) fn forget(&self, tag: &str) {
        self.person.shared.tags.forget(tag);
    }

    /// Begins an action that this type does not know.
    pub(crate) fn begin(&self) -> Start {
        self.person.shared.recorder.count(Counter::Actions, 1);
        self.person.begin()
    }

    /// Ends such an action.
    pub(crate) fn finish(&self, kind: Kind, label: &str, start: Start) {
        let end = Instant::now();
        let service = end.saturating_duration_since(start.at);
        let response = end.saturating_duration_since(start.intended);
        self.recorder()
            .record(kind, &label.into(), service, response);
        self.person.intend(end);
    }

    /// The server under load.
    pub fn target(&self) -> &Target {
        &self.person.shared.target
    }

    /// The time limit of acks, waits and requests.
    pub(crate) fn timeout(&self) -> Duration {
        self.person.shared.target.ack_timeout
    }

    pub(crate) fn person(&self) -> &Arc<Person> {
        &self.person
    }

    /// Waits for an event as [`Channel::wait`], if `wanted` accepts it.
    ///
    /// # Errors
    /// As [`Channel::wait`].
    pub async fn wait_for(
        &self,
        channel: &Channel,
        name: &str,
        timeout: Duration,
        wanted: impl FnMut(&Message) -> bool,
    ) -> Result<Message, Failure> {
        let start = self.person.begin();
        let arrival = channel.wait_for(name, timeout, start, wanted).await?;
        Ok(arrival.message)
    }
}

/// A schedule of equal gaps, from [`User::pace`].
///
/// It does not wait for late actions: after an action that took three gaps, the next ones follow at once, and their response times
/// count from their ticks. So a stall of the server is seen by every action that it delays, and not by one alone.
#[derive(Debug)]
pub struct Pace {
    user: User,
    gap: Duration,
    next: Instant,
}

impl Pace {
    /// Waits for the next tick, which is the intended start of the next action. The first tick is at once.
    ///
    /// # Errors
    /// If the user is told to leave.
    pub async fn tick(&mut self) -> Result<(), Failure> {
        let at = self.next;
        self.next += self.gap;
        self.user.sleep_until(at).await
    }
}
