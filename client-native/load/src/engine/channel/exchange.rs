//! Messages between users of a namespace, and their presence.

use std::time::Duration;

use serde::Serialize;
use tidewire::envelope::EXCHANGE;
use tidewire::peers::PeerMessage;
use tokio::time::{Instant, timeout_at};

use super::peers::{Company, Room};
use super::{Channel, json_bytes};
use crate::engine::failure::Failure;
use crate::engine::shared::Start;
use crate::engine::wording::error_text;
use crate::stats::{Counter, Kind, Stage};

/// The bytes of `{"target":"","payload":}`.
const FRAME: u64 = 24;

impl Channel {
    /// Sends a message to another client of the namespace, by its socket id. Servers drop one without a receiver.
    ///
    /// # Errors
    /// If the namespace is disconnected, the payload cannot be encoded, or [`Load::peers`](crate::Load::peers) was not called.
    pub async fn exchange(&self, to: &str, payload: impl Serialize) -> Result<(), Failure> {
        let sender = &self.company()?.sender;
        self.check_connected(EXCHANGE)?;
        self.count_emit(FRAME + to.len() as u64 + json_bytes(&payload));
        let sent = sender.send(to, payload).await;
        let person = &self.0.person;
        person.intend(Instant::now());
        sent.map_err(|error| {
            let text = error_text(&error);
            Failure::counted(&person.shared.recorder, Stage::Emit, text)
        })
    }

    /// The socket ids of the others in the room, as far as the server has told.
    ///
    /// # Errors
    /// As [`Channel::presence`].
    pub fn members(&self) -> Result<Vec<String>, Failure> {
        self.company()?
            .room
            .members()
            .map_err(|text| self.missed(&text))
    }

    /// Waits until the room has this many members, this user included, up to the time limit of the target.
    ///
    /// # Errors
    /// If it has not in time, the namespace ends, or [`Load::peers`](crate::Load::peers) was not called.
    pub async fn presence(&self, members: usize) -> Result<(), Failure> {
        let timeout = self.0.person.shared.target.ack_timeout;
        let start = self.begin_wait();
        self.presence_within(members, timeout, start).await
    }

    pub(crate) async fn presence_within(
        &self,
        members: usize,
        timeout: Duration,
        start: Start,
    ) -> Result<(), Failure> {
        let room = &self.company()?.room;
        let deadline = Instant::now() + timeout;
        loop {
            let others = room.members().map_err(|text| self.missed(&text))?.len();
            if others + 1 >= members {
                self.record(Kind::Wait, "presence", start, Instant::now());
                return Ok(());
            }
            let text = || {
                format!(
                    "the room has {} members after {timeout:?}: expected {members}",
                    others + 1
                )
            };
            self.next_change(room, deadline, text).await?;
        }
    }

    /// Waits for a message of another client, up to the time limit of the target. One that arrived before and was not read counts.
    ///
    /// # Errors
    /// If none comes in time, the namespace ends, or [`Load::peers`](crate::Load::peers) was not called.
    pub async fn receive(&self) -> Result<PeerMessage, Failure> {
        let timeout = self.0.person.shared.target.ack_timeout;
        let start = self.begin_wait();
        self.receive_within(timeout, start, |_| true).await
    }

    pub(crate) async fn receive_within(
        &self,
        timeout: Duration,
        start: Start,
        mut wanted: impl FnMut(&PeerMessage) -> bool,
    ) -> Result<PeerMessage, Failure> {
        let room = &self.company()?.room;
        let deadline = Instant::now() + timeout;
        loop {
            let found = room.take(&mut wanted).map_err(|text| self.missed(&text))?;
            if let Some((at, message)) = found {
                self.record(Kind::Wait, "message", start, at.max(start.at));
                return Ok(message);
            }
            self.next_change(room, deadline, || {
                format!("no message of a peer within {timeout:?}")
            })
            .await?;
        }
    }

    pub(crate) fn begin_wait(&self) -> Start {
        let person = &self.0.person;
        person.shared.recorder.count(Counter::Actions, 1);
        person.begin()
    }

    fn company(&self) -> Result<&Company, Failure> {
        match &self.0.company {
            Some(company) => Ok(company),
            None => Err(Failure::new(
                "peers are not followed: call Load::peers before the run",
            )),
        }
    }

    async fn next_change(
        &self,
        room: &Room,
        deadline: Instant,
        text: impl Fn() -> String,
    ) -> Result<(), Failure> {
        let Channel(inner) = self;
        tokio::select! {
            changed = timeout_at(deadline, room.changed()) => changed.map_err(|_| self.missed(&text())),
            () = inner.person.stop.wait() => Err(Failure::stop()),
        }
    }

    fn missed(&self, text: &str) -> Failure {
        Failure::counted(&self.0.person.shared.recorder, Stage::Wait, text)
    }
}
