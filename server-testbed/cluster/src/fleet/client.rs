//! One client: it joins its room after each connect, talks, and notes what it hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tidewire::{AckError, EmitError, Event, Message, Socket, error_text};

use super::sockets::Sockets;
use crate::state::{Rooms, Shared};

/// The time that the server has for an ack.
const ACK_TIMEOUT: Duration = Duration::from_secs(20);

const MESSAGE: &str = "message";
const MARK: &str = "mark";

pub(super) struct Client {
    pub(super) number: usize,
    pub(super) sockets: Sockets,
    pub(super) state: Arc<Shared>,
    pub(super) talks: Arc<AtomicBool>,
}

/// The answer to an emit.
enum Outcome {
    Joined {
        connection: u32,
        joined: Result<String, AckError>,
    },
    Message {
        number: u64,
        acked: Result<(), AckError>,
    },
}

type Outcomes = FuturesUnordered<BoxFuture<'static, Outcome>>;

/// The body of `online`.
#[derive(Deserialize)]
struct Online {
    clients: Vec<String>,
}

/// Sends a mark to the room of a client.
pub(super) async fn send_mark(lab: &Socket, number: usize, round: u64) -> Result<(), EmitError> {
    lab.emit("say", (Rooms::name(number), MARK, number, round))
        .await
}

impl Client {
    pub(super) async fn run(self, pace: Duration) {
        let mut lab = self.sockets.lab.events();
        let mut ptop = self.sockets.ptop.events();
        self.sockets.lab.start();
        self.sockets.ptop.start();
        let mut outcomes = Outcomes::new();
        let mut life = Life::default();
        let mut ticks = tokio::time::interval(pace);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(event) = lab.next() => self.on_lab(event, &mut life, &outcomes),
                Some(event) = ptop.next() => self.on_ptop(event, &life),
                Some(outcome) = outcomes.next() => self.on_outcome(outcome, &mut life, &outcomes),
                _ = ticks.tick() => self.talk(&outcomes),
                else => return,
            }
        }
    }

    fn on_lab(&self, event: Event, life: &mut Life, outcomes: &Outcomes) {
        match event {
            Event::Connected(id) => {
                self.note(format!("/lab connected as {id}"));
                life.connection += 1;
                self.join(life.connection, outcomes);
            }
            Event::Disconnected { reason, .. } => {
                self.note(format!("/lab disconnected: {reason}"));
                life.has_joined = false;
                self.leave();
            }
            Event::Message(message) if message.name() == "said" => self.on_said(&message),
            other => self.on_other(&other),
        }
    }

    fn on_ptop(&self, event: Event, life: &Life) {
        match event {
            Event::Connected(id) => {
                self.state
                    .lock()
                    .presence
                    .set_id(self.number, Some(id.as_ref().to_owned()));
                self.enter(life);
            }
            Event::Disconnected { reason, .. } => {
                self.note(format!("/ptop disconnected: {reason}"));
                self.state.lock().presence.set_id(self.number, None);
                self.leave();
            }
            Event::Message(message) if message.name() == "online" => {
                match message.args::<Online>() {
                    Ok(online) => self.state.lock().presence.tell(self.number, online.clients),
                    Err(error) => self.note(error_text(&error)),
                }
            }
            other => self.on_other(&other),
        }
    }

    fn on_other(&self, event: &Event) {
        match event {
            Event::ConnectError(error) => self.note(error_text(error)),
            Event::Error(error) => self.note(error_text(error)),
            Event::Ended(why) => self.note(error_text(why)),
            _ => {}
        }
    }

    fn on_said(&self, message: &Message) {
        match message.args::<(String, usize, u64)>() {
            Ok((kind, sender, round)) if kind == MARK => {
                self.state.lock().marks.receive(self.number, sender, round);
            }
            Ok((_, _, number)) => self.state.lock().messages.receive(self.number, number),
            Err(error) => self.note(error_text(&error)),
        }
    }

    fn on_outcome(&self, outcome: Outcome, life: &mut Life, outcomes: &Outcomes) {
        match outcome {
            Outcome::Message { number, acked } => {
                self.state.lock().messages.settle(number, acked.is_ok());
            }
            // The join of a connection that is gone.
            Outcome::Joined { connection, .. } if connection != life.connection => {}
            Outcome::Joined { joined: Ok(_), .. } => {
                self.note("joined".to_owned());
                life.has_joined = true;
                self.enter(life);
            }
            Outcome::Joined {
                joined: Err(error), ..
            } => {
                self.note(error_text(&error));
                if self.sockets.lab.is_connected() {
                    self.join(life.connection, outcomes);
                }
            }
        }
    }

    fn join(&self, connection: u32, outcomes: &Outcomes) {
        let room = Rooms::name(self.number);
        self.ask("join", room, outcomes, move |joined| Outcome::Joined {
            connection,
            joined,
        });
    }

    /// Sends a message, if all clients talk and this one is in its room.
    fn talk(&self, outcomes: &Outcomes) {
        if !self.talks.load(Ordering::Relaxed) {
            return;
        }
        let number = {
            let mut state = self.state.lock();
            let state = &mut *state;
            if state.attendance.stay(self.number).is_none() {
                return;
            }
            state.messages.send(self.number, &state.attendance)
        };
        let args = (Rooms::name(self.number), MESSAGE, self.number, number);
        self.ask("say", args, outcomes, move |acked| Outcome::Message {
            number,
            acked,
        });
    }

    /// Sends an event, whose answer becomes an outcome.
    fn ask<T: DeserializeOwned + Send + 'static>(
        &self,
        event: &str,
        args: impl Serialize,
        outcomes: &Outcomes,
        outcome: impl FnOnce(Result<T, AckError>) -> Outcome + Send + 'static,
    ) {
        let request = self.sockets.lab.emit_with_ack(event, args);
        let answer = request.timeout(ACK_TIMEOUT);
        outcomes.push(Box::pin(async move { outcome(answer.await) }));
    }

    /// The client is in its room when both namespaces are.
    fn enter(&self, life: &Life) {
        let mut state = self.state.lock();
        if life.has_joined && state.presence.is_connected(self.number) {
            state.attendance.enter(self.number, Instant::now());
        }
    }

    fn leave(&self) {
        self.state
            .lock()
            .attendance
            .leave(self.number, Instant::now());
    }

    fn note(&self, entry: String) {
        self.state
            .lock()
            .diary
            .note(self.number, Instant::now(), entry);
    }
}

/// The state of one client's connection.
#[derive(Debug, Default)]
struct Life {
    /// The number of the connection.
    connection: u32,
    /// Whether the server acked that this connection is in the room.
    has_joined: bool,
}
