//! The words of one line of a script, with their columns.

use std::fmt;

/// A mistake in a script: where it is, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    line: usize,
    column: usize,
    message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
        } = self;
        write!(out, "line {line}, column {column}: {message}")
    }
}

impl std::error::Error for ScriptError {}

/// The place of a word: line and column from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl Place {
    /// Returns a mistake at this place.
    pub(super) fn error(self, message: impl Into<String>) -> ScriptError {
        let Self { line, column } = self;
        let message = message.into();
        ScriptError {
            line,
            column,
            message,
        }
    }
}

/// Returns the text of a script that came as bytes.
///
/// # Errors
/// The bytes are no UTF-8.
pub fn script_text(bytes: &[u8]) -> Result<&str, ScriptError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, _) = bytes.split_at(error.valid_up_to());
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        let last = valid
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(last).chars().count();
        Place { line, column }.error("write the script in UTF-8")
    })
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Letters, digits, dots, slashes: a name, a number, a range, a path.
    Plain(String),
    /// A text in quotation marks, with `\"` and `\\`.
    Text(String),
    Colon,
}

/// The rest of a line.
pub(super) struct Words {
    line: usize,
    end: usize,
    /// In reverse order, with columns.
    words: Vec<(usize, Word)>,
}

impl Words {
    /// Splits a line; `line` is its number from 1. A comment begins with `#`.
    pub(super) fn of(line: usize, text: &str) -> Result<Self, ScriptError> {
        let mut words = Vec::new();
        let mut chars = text.chars().enumerate().peekable();
        while let Some(&(index, c)) = chars.peek() {
            let column = index + 1;
            let word = match c {
                '#' => break,
                ':' => {
                    chars.next();
                    Word::Colon
                }
                '"' => {
                    chars.next();
                    let place = Place { line, column };
                    Word::Text(quoted(place, &mut chars)?)
                }
                _ if c.is_whitespace() => {
                    chars.next();
                    continue;
                }
                _ => {
                    let mut plain = String::new();
                    while let Some((_, c)) =
                        chars.next_if(|(_, c)| !c.is_whitespace() && !":\"#".contains(*c))
                    {
                        plain.push(c);
                    }
                    Word::Plain(plain)
                }
            };
            words.push((column, word));
        }
        words.reverse();
        let end = text.trim_end().chars().count() + 1;
        Ok(Self { line, end, words })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns a mistake at the next word, or at the end of the line.
    pub(super) fn error(&self, message: impl Into<String>) -> ScriptError {
        self.place().error(message)
    }

    /// Returns the place of the next word, or of the end of the line.
    pub(super) fn place(&self) -> Place {
        let column = self.words.last().map_or(self.end, |(column, _)| *column);
        Place {
            line: self.line,
            column,
        }
    }

    /// Takes the next word if it is this name.
    pub(super) fn take(&mut self, name: &str) -> bool {
        let is_next = matches!(self.words.last(), Some((_, Word::Plain(word))) if word == name);
        if is_next {
            self.words.pop();
        }
        is_next
    }

    pub(super) fn take_colon(&mut self) -> Result<(), ScriptError> {
        match self.words.last() {
            Some((_, Word::Colon)) => {
                self.words.pop();
                Ok(())
            }
            _ => Err(self.error("write `:` between the trigger and the fault")),
        }
    }

    pub(super) fn take_text(&mut self) -> Option<String> {
        match self.words.pop() {
            Some((_, Word::Text(text))) => Some(text),
            Some(other) => {
                self.words.push(other);
                None
            }
            None => None,
        }
    }

    /// Takes a plain word for which `read` returns a value.
    pub(super) fn take_if<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let Some((_, Word::Plain(word))) = self.words.last() else {
            return None;
        };
        let value = read(word)?;
        self.words.pop();
        Some(value)
    }

    pub(super) fn take_number(&mut self, what: &str) -> Result<u64, ScriptError> {
        let number = self.take_if(number);
        number.ok_or_else(|| self.error(format!("write a whole number of {what}")))
    }
}

/// Reads digits and nothing else.
pub(super) fn number(word: &str) -> Option<u64> {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| is_number)
}

fn quoted(
    begin: Place,
    chars: &mut impl Iterator<Item = (usize, char)>,
) -> Result<String, ScriptError> {
    let mut text = String::new();
    let mut next = || {
        chars
            .next()
            .ok_or_else(|| begin.error("the text has no end: write `\"` after it"))
    };
    loop {
        match next()? {
            (_, '"') => return Ok(text),
            (index, '\\') => match next()?.1 {
                c @ ('"' | '\\') => text.push(c),
                _ => {
                    let column = index + 1;
                    return Err(Place { column, ..begin }
                        .error("write `\\\"` or `\\\\`: there are no other escapes"));
                }
            },
            (_, c) => text.push(c),
        }
    }
}
