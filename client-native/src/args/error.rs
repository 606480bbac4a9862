//! Errors of encoding and decoding arguments.

use std::fmt;

/// Arguments cannot be encoded.
///
/// Positions count arguments from 1. A value that is not an argument, such as the auth payload, has no position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A map has keys that JSON cannot express: use text, integers, booleans or unit variants.
    Key {
        /// The argument.
        position: Option<usize>,
    },
    /// The `Serialize` implementation of a type failed.
    Refused {
        /// The argument.
        position: Option<usize>,
        /// The error of the type.
        reason: String,
    },
    /// The auth payload is not an object, such as `json!({"token": token})`.
    NotAnObject,
    /// The auth payload has binary, and is sent as JSON only: use text (base64, for example).
    Binary,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Key { position } => write!(
                f,
                "{} has a map with keys that JSON cannot express: use text, integers or booleans",
                Position(*position)
            ),
            EncodeError::Refused { position, reason } => {
                write!(
                    f,
                    "{} cannot be written as JSON: {reason}",
                    Position(*position)
                )
            }
            EncodeError::NotAnObject => {
                f.write_str("the value is not an object: give it a field, as in {\"token\": ...}")
            }
            EncodeError::Binary => f.write_str(
                "the value has binary, and is sent as JSON only: use text (base64, for example)",
            ),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Arguments do not match the type that decodes them.
///
/// Positions count arguments from 1, without the event name. A value that is not an argument has no position.
/// Excerpts show up to 80 bytes of the JSON around the position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The peer sent something else than an array of arguments, or invalid JSON.
    Malformed {
        /// The problem.
        reason: String,
        /// The JSON around the position.
        excerpt: String,
    },
    /// An argument has another type: decode another type, or have the peer send this one.
    Mismatch {
        /// The argument.
        position: Option<usize>,
        /// The expected and the actual value.
        reason: String,
        /// The JSON around the position.
        excerpt: String,
    },
    /// There are fewer arguments than the type wants: use `Option` for those that may be missing.
    Missing {
        /// The first missing argument.
        position: usize,
        /// The expected value.
        expected: String,
    },
    /// The peer sent a placeholder without an attachment.
    IllegalAttachments,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Malformed { reason, excerpt } => {
                write!(
                    f,
                    "the peer sent invalid arguments: {reason}, near `{excerpt}`"
                )
            }
            DecodeError::Mismatch {
                position,
                reason,
                excerpt,
            } => {
                write!(
                    f,
                    "{} has the wrong type: {reason}, near `{excerpt}`",
                    Position(*position)
                )
            }
            DecodeError::Missing { position, expected } => write!(
                f,
                "argument {position} is missing (expected {expected}): use Option if it may be missing"
            ),
            DecodeError::IllegalAttachments => {
                f.write_str("illegal attachments: a placeholder has no attachment")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// The value that an error is about, by its position.
struct Position(Option<usize>);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, "argument {position}"),
            None => f.write_str("the value"),
        }
    }
}

/// The longest serde message that is kept, in bytes: it may quote a whole string of the payload.
const REASON: usize = 200;
/// The bytes of JSON shown on each side.
const AROUND: usize = 40;

/// The text of a serde_json error, without its line and column.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if text.ends_with(&place) {
        text.truncate(text.len() - place.len());
    }
    if text == "recursion limit exceeded" {
        return "it nests more than 127 levels deep".into();
    }
    if text.len() > REASON {
        text.truncate(text.floor_char_boundary(REASON));
        text.push('…');
    }
    text
}

/// The JSON around the position of an error.
pub(super) fn excerpt(json: &str, error: &serde_json::Error) -> String {
    let lines = json.split_inclusive('\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (before + error.column()).min(json.len());
    let from = json.floor_char_boundary(at.saturating_sub(AROUND));
    let to = json.floor_char_boundary(at + AROUND);
    let text = &json[from..to];
    let (head, tail) = (
        if from > 0 { "…" } else { "" },
        if to < json.len() { "…" } else { "" },
    );
    format!("{head}{text}{tail}")
}
