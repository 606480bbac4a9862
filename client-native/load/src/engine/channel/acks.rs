//! Events whose acks are measured.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire::AckError;
use tokio::time::Instant;

use super::{Channel, json_bytes, record};
use crate::engine::failure::Failure;
use crate::engine::shared::{Person, Start};
use crate::engine::wording::error_text;
use crate::stats::{Counter, Kind, Recorder, Stage};

impl Channel {
    /// Emits an event and awaits its ack, up to the time limit of the target. Measures both.
    ///
    /// # Errors
    /// If the namespace is disconnected, no ack comes in time, or it is not a `T`.
    pub async fn ack<T: DeserializeOwned>(
        &self,
        name: &str,
        args: impl Serialize,
    ) -> Result<T, Failure> {
        let bytes = json_bytes(&args);
        let timeout = self.0.person.shared.target.ack_timeout;
        self.ack_sized(name, args, bytes, timeout).await
    }

    pub(crate) async fn ack_sized<T: DeserializeOwned>(
        &self,
        name: &str,
        args: impl Serialize,
        bytes: u64,
        timeout: Duration,
    ) -> Result<T, Failure> {
        let person = &self.0.person;
        let start = person.begin();
        self.check_connected(name)?;
        self.count_emit(bytes);
        let awaited = Awaited::new(&person.shared.recorder);
        let request = self.0.socket.emit_with_ack(name, args).timeout(timeout);
        let outcome = request.await;
        awaited.settle();
        let end = Instant::now();
        person.intend(end);
        finish_ack(person, name, start, end, outcome)
    }

    /// Emits an event and measures its ack in the background, so that the user goes on at its own pace whatever the server does.
    ///
    /// The user ends when its last ack has come or is overdue.
    ///
    /// # Errors
    /// If the namespace is disconnected. A missing ack is counted.
    pub fn ack_later(&self, name: &str, args: impl Serialize) -> Result<(), Failure> {
        let bytes = json_bytes(&args);
        let timeout = self.0.person.shared.target.ack_timeout;
        self.ack_later_sized(name, args, bytes, timeout)
    }

    pub(crate) fn ack_later_sized(
        &self,
        name: &str,
        args: impl Serialize,
        bytes: u64,
        timeout: Duration,
    ) -> Result<(), Failure> {
        let person = self.0.person.clone();
        let start = person.begin();
        self.check_connected(name)?;
        self.count_emit(bytes);
        let request = self
            .0
            .socket
            .emit_with_ack::<()>(name, args)
            .timeout(timeout);
        let (name, task) = (name.to_owned(), person.clone());
        let awaited = Awaited::new(&person.shared.recorder);
        person.spawn(async move {
            let outcome = request.await;
            awaited.settle();
            // The error is counted, and there is no user to end.
            let _ = finish_ack(&task, &name, start, Instant::now(), outcome);
        });
        person.intend(Instant::now());
        Ok(())
    }
}

fn finish_ack<T>(
    person: &Person,
    name: &str,
    start: Start,
    end: Instant,
    outcome: Result<T, AckError>,
) -> Result<T, Failure> {
    let recorder = &person.shared.recorder;
    match outcome {
        Ok(value) => {
            record(person, Kind::Ack, name, start, end);
            recorder.count(Counter::Acked, 1);
            Ok(value)
        }
        Err(error) => {
            let stage = match &error {
                AckError::Emit(_) => Stage::Emit,
                _ => Stage::Ack,
            };
            Err(Failure::counted(recorder, stage, ack_text(&error)))
        }
    }
}

/// Counts an ack that is not awaited any more because the run ends at once.
struct Awaited {
    recorder: Recorder,
    is_settled: bool,
}

impl Awaited {
    fn new(recorder: &Recorder) -> Awaited {
        recorder.await_acks(1);
        Awaited {
            recorder: recorder.clone(),
            is_settled: false,
        }
    }

    /// The ack has come, or is overdue.
    fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if !self.is_settled {
            self.recorder.count(Counter::AcksCutOff, 1);
        }
        self.recorder.await_acks(-1);
    }
}

/// The text of an error, without the advice about the API of the client.
fn ack_text(error: &AckError) -> String {
    match error {
        AckError::Timeout { event, timeout, .. } => {
            format!("no ack for `{event}` within {timeout:?}")
        }
        other => error_text(other),
    }
}
