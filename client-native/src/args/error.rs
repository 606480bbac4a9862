//! Errors of arguments: values that cannot be sent, and what came and does not fit the type asked for.

use std::fmt;

/// Arguments that cannot be sent.
///
/// Positions count arguments from 1; there is none for a value that is no argument, such as the auth payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A map whose keys have no form in JSON: give it keys that are text, integers, booleans or unit variants.
    Key {
        /// The argument it is in.
        position: Option<usize>,
    },
    /// The `Serialize` of a type failed.
    Refused {
        /// The argument it is in.
        position: Option<usize>,
        /// What the type said.
        reason: String,
    },
    /// Binary in the auth payload, which travels as JSON alone: send text (base64, say) instead.
    Binary,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Key { position } => write!(
                f,
                "{} holds a map with keys that JSON does not know: use text, integers or booleans as keys",
                Place(*position)
            ),
            EncodeError::Refused { position, reason } => {
                write!(f, "{} cannot be written as JSON: {reason}", Place(*position))
            }
            EncodeError::Binary => f.write_str(
                "the value holds binary, and travels as JSON alone: send text (base64, say) instead",
            ),
        }
    }
}

impl std::error::Error for EncodeError {}

/// What came does not fit the type asked for.
///
/// Positions count arguments from 1, the event's name not among them; there is none for a value that is no argument.
/// Excerpts show the JSON around the place, 80 bytes at most.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// What came is no array of arguments, or no JSON that can be read: the peer's fault.
    Malformed {
        /// What is wrong.
        reason: String,
        /// The JSON around the place.
        excerpt: String,
    },
    /// An argument is not what the type asks for: ask for another type, or have the peer send this one.
    Mismatch {
        /// Which argument.
        position: Option<usize>,
        /// What was expected, and what came.
        reason: String,
        /// The JSON around the place.
        excerpt: String,
    },
    /// Fewer arguments came than the type asks for: make those that may be missing an `Option`.
    Missing {
        /// The first argument that is missing.
        position: usize,
        /// What was expected there.
        expected: String,
    },
    /// A placeholder points at no attachment: the peer's fault.
    IllegalAttachments,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Malformed { reason, excerpt } => {
                write!(
                    f,
                    "the peer sent no readable arguments: {reason}, near `{excerpt}`"
                )
            }
            DecodeError::Mismatch {
                position,
                reason,
                excerpt,
            } => {
                write!(
                    f,
                    "{} does not fit: {reason}, near `{excerpt}`",
                    Place(*position)
                )
            }
            DecodeError::Missing { position, expected } => write!(
                f,
                "argument {position} is missing (expected {expected}): if it may be, ask for an Option"
            ),
            DecodeError::IllegalAttachments => {
                f.write_str("illegal attachments: a placeholder points at no attachment")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

struct Place(Option<usize>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, "argument {position}"),
            None => f.write_str("the value"),
        }
    }
}

/// How much of a message of serde is kept: it may quote a whole string of the payload.
const REASON: usize = 200;
/// How much of the JSON is shown on each side.
const AROUND: usize = 40;

/// What serde_json says, without the place, which is told in our words.
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

/// The JSON around the place of an error.
pub(super) fn excerpt(json: &[u8], error: &serde_json::Error) -> String {
    let lines = json.split_inclusive(|&b| b == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let at = (before + error.column()).min(json.len());
    let from = boundary(json, at.saturating_sub(AROUND));
    let to = boundary(json, (at + AROUND).min(json.len()));
    let text = String::from_utf8_lossy(&json[from..to]);
    let (head, tail) = (
        if from > 0 { "…" } else { "" },
        if to < json.len() { "…" } else { "" },
    );
    format!("{head}{text}{tail}")
}

/// The boundary of a character at or before `at`.
fn boundary(json: &[u8], at: usize) -> usize {
    let inside = |&at: &usize| json.get(at).is_some_and(|b| b & 0xc0 == 0x80);
    at - (0..at.min(3))
        .take_while(|back| inside(&(at - back)))
        .count()
}
