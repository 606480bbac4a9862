//! The reason why a user ended before the end of its scenario.

use std::fmt;
use std::sync::Arc;

use super::wording::error_text;
use crate::stats::{Recorder, Stage};

/// The end of a user before the end of its scenario: an error, or the order to leave.
///
/// Every error type converts to it, so a user function can use `?` on anything. It is not an error type itself, because Rust would
/// not allow that conversion then.
#[derive(Clone, Debug)]
pub struct Failure(Cause);

#[derive(Clone, Debug)]
enum Cause {
    /// The run or the phase ends.
    Stopped,
    Error {
        stage: Stage,
        text: Arc<str>,
        /// Whether the recorder has it.
        is_counted: bool,
    },
}

impl Failure {
    /// An error of the user function, which is counted by its text.
    pub fn new(text: impl fmt::Display) -> Failure {
        Failure(Cause::Error {
            stage: Stage::Code,
            text: text.to_string().into(),
            is_counted: false,
        })
    }

    /// Returns whether the user was told to leave. That is not an error.
    pub fn is_stop(&self) -> bool {
        matches!(self.0, Cause::Stopped)
    }

    /// The end of a user that was told to leave: see [`User::is_stopping`](super::User::is_stopping).
    pub fn stop() -> Failure {
        Failure(Cause::Stopped)
    }

    /// Makes an error and counts it.
    pub(crate) fn counted(recorder: &Recorder, stage: Stage, text: impl Into<Arc<str>>) -> Failure {
        let text = text.into();
        recorder.error(stage, &text);
        Failure(Cause::Error {
            stage,
            text,
            is_counted: true,
        })
    }

    /// Counts the error if that was not done.
    pub(crate) fn count(&self, recorder: &Recorder) {
        if let Cause::Error {
            stage,
            text,
            is_counted: false,
        } = &self.0
        {
            recorder.error(*stage, text);
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::new(error_text(&error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Stopped => f.write_str("the user was told to leave"),
            Cause::Error { stage, text, .. } => write!(f, "{}: {text}", stage.name()),
        }
    }
}
