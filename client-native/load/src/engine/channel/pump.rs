//! The task that takes the events of a namespace: counts and measures them, and keeps those that the user may wait for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tidewire::{Event, Events, Message, Socket, TransportError};
use tokio::time::Instant;

use super::stages;
use super::state::State;
use crate::engine::inbox::Arrival;
use crate::engine::shared::Person;
use crate::engine::wording::error_text;
use crate::stats::{Counter, Kind, Stage};

/// Runs until its task is aborted: it has a handle of the namespace itself.
pub(super) fn run(
    person: Arc<Person>,
    socket: Socket,
    state: Arc<State>,
) -> impl Future<Output = ()> {
    // Before the connect, whose event counts.
    let events = socket.events();
    take(events, Pump::new(person, socket, state))
}

async fn take(mut events: Events, mut pump: Pump) {
    while let Some(event) = events.next().await {
        pump.handle(event);
    }
}

struct Pump {
    person: Arc<Person>,
    socket: Socket,
    state: Arc<State>,
    connected_at: Option<Instant>,
    lost_at: Option<Instant>,
}

impl Pump {
    fn new(person: Arc<Person>, socket: Socket, state: Arc<State>) -> Pump {
        Pump {
            person,
            socket,
            state,
            connected_at: None,
            lost_at: None,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Message(message) => self.message(message),
            Event::Connected(_) => self.connected(),
            Event::Disconnected { reason, error, .. } => {
                self.disconnected(reason.as_str(), error.as_ref());
            }
            // The first attempt has a caller, who is told.
            Event::ConnectError(error) if self.lost_at.is_some() => {
                self.error(Stage::Connect, &error_text(&error));
            }
            Event::Upgraded => {
                if let Some(at) = self.connected_at {
                    let took = at.elapsed();
                    let recorder = &self.person.shared.recorder;
                    recorder.record(Kind::Upgrade, &"".into(), took, took);
                }
            }
            Event::UpgradeFailed => self.error(Stage::Client, "the upgrade to a WebSocket failed"),
            Event::Ended(why) => self.state.inbox.end(Some(error_text(&why))),
            Event::Error(error) => self.error(Stage::Client, &error_text(&error)),
            Event::ReconnectFailed | Event::Reconnecting { .. } => {}
            _ => {}
        }
    }

    fn error(&self, stage: Stage, text: &str) {
        self.person.shared.recorder.error(stage, text);
    }

    fn message(&self, message: Message) {
        let at = Instant::now();
        let shared = &self.person.shared;
        let attached: usize = message.attachments().iter().map(tidewire::Bytes::len).sum();
        let bytes = message.json().len() + attached;
        shared.recorder.count(Counter::Received, 1);
        shared.recorder.count(Counter::BytesIn, bytes as u64);
        let arrived = (message.json(), message.is_to_me());
        shared.tags.arrived(arrived, at, &shared.recorder);
        if shared.interest.has(&message.name()) && self.state.inbox.push(Arrival { at, message }) {
            shared.recorder.count(Counter::Unread, 1);
        }
    }

    fn connected(&mut self) {
        let recorder = &self.person.shared.recorder;
        recorder.count(Counter::Connected, 1);
        self.state.inbox.end(None);
        self.connected_at = Some(Instant::now());
        if let Some(lost) = self.lost_at.take() {
            let took = lost.elapsed();
            recorder.record(Kind::Reconnect, &"".into(), took, took);
            if self.state.is_first {
                let stages = self.socket.client().metrics().stages;
                stages::record(recorder, stages::RECONNECT, &stages);
            }
        }
        if self.state.note_connect() && self.state.is_first {
            recorder.connections(1);
        }
    }

    fn disconnected(&mut self, reason: &str, error: Option<&TransportError>) {
        let recorder = &self.person.shared.recorder;
        if self.state.note_end() && self.state.is_first {
            recorder.connections(-1);
        }
        if self.state.is_leaving.load(Ordering::Relaxed) {
            return;
        }
        self.lost_at = Some(Instant::now());
        match error {
            Some(error) => {
                recorder.disconnect(&format!("{reason}: {}", error_text(error)));
            }
            None => recorder.disconnect(reason),
        }
    }
}
