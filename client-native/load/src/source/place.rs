//! Places in a text, and the mistakes there.

use std::fmt;

/// A line and a column, both from 1 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The lines of a text, which find the places of many bytes without reading it anew.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The first byte of each line.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Lines<'a> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Lines { text, starts }
    }

    /// The place of a byte.
    pub(crate) fn place(&self, byte: usize) -> Place {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line - 1];
        Place {
            line,
            column: self.text[start..byte].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let lines = Lines::of("a\n\u{e9}b\r\n\n");
        for (byte, line, column) in [
            (0, 1, 1),
            (1, 1, 2),
            (2, 2, 1),
            // Inside of a character.
            (3, 2, 1),
            (4, 2, 2),
            (7, 3, 1),
            (8, 4, 1),
            (99, 4, 1),
        ] {
            assert_eq!(lines.place(byte), Place { line, column }, "{byte}");
        }
        assert_eq!(Lines::of("").place(0), Place { line: 1, column: 1 });
    }
}
