//! Places in a text, and the mistakes there.

use std::fmt;

/// A line and a column, both from 1 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The place of a byte.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Place {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &text[..byte];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}

/// A mistake in a file: what was found, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Fault {
    pub(crate) fn new(place: Place, text: impl Into<String>) -> Fault {
        Fault {
            place,
            text: text.into(),
        }
    }
}

/// All mistakes of a file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) file: String,
    pub(crate) faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().enumerate() {
            let Place { line, column } = fault.place;
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{line}:{column}: {}", self.file, fault.text)?;
        }
        Ok(())
    }
}
