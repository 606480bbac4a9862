//! Why the server does not do what a client asked for.

use std::fmt;

use serde::Serialize;

/// Characters of a text; the rest is cut off.
const MOST_CHARACTERS: usize = 200;

/// A refusal of a connection, an event or a request, with a text for its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    error: String,
}

impl Refusal {
    /// Makes a refusal. `message` says what is wrong with which thing, and is all that the client learns: at most 200
    /// characters.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        let mut error = message.into();
        // A text may quote the client's own input.
        if let Some((end, _)) = error.char_indices().nth(MOST_CHARACTERS) {
            error.truncate(end);
            error.push('…');
        }
        Self { error }
    }

    /// Returns the text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.error
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.error)
    }
}

impl std::error::Error for Refusal {}
