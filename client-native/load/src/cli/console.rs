//! The terminal. Nothing else in the crate prints.

use std::collections::VecDeque;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lines that wait while the live view has the screen. Beyond them the oldest one goes.
const MOST_LINES: usize = 1_000;

/// The lines that wait; `None` while lines are printed at once.
static WAITING: Mutex<Option<Waiting>> = Mutex::new(None);

/// Prints a result. A closed pipe is not an error: the reader has seen enough.
///
/// # Errors
/// The text says why the result could not be printed: the disk is full, for example.
pub(crate) fn result(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot print the result: {error}"))
        }
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Prints news of a run in progress; while the live view has the screen, after it.
pub(crate) fn note(text: &str) {
    // Outside of the lock: a pipe without a reader takes no more text.
    if !keep(text) {
        print(text);
    }
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    note(&format!("error: {text}"));
}

/// Keeps further news for later.
pub(crate) fn hold() {
    waiting().get_or_insert_default();
}

/// Returns whether news are kept for later.
pub(crate) fn is_held() -> bool {
    waiting().is_some()
}

/// Prints the news that were kept, and further ones at once.
pub(crate) fn release() {
    let lines = waiting().take().unwrap_or_default();
    lines.all().for_each(|line| print(&line));
}

/// Returns whether both outputs are a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// Keeps a line for later, if lines wait. Returns whether it does.
fn keep(text: &str) -> bool {
    let mut waiting = waiting();
    let lines = waiting.as_mut();
    lines.map(|lines| lines.push(text)).is_some()
}

fn print(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", harmless(text));
}

/// The text without what controls a terminal: a part of it may be a server's.
fn harmless(text: &str) -> String {
    text.replace(|it: char| it.is_control() && it != '\n' && it != '\t', " ")
}

fn waiting() -> MutexGuard<'static, Option<Waiting>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<String>,
    forgotten: u64,
}

impl Waiting {
    fn push(&mut self, text: &str) {
        if self.lines.len() >= MOST_LINES {
            self.lines.pop_front();
            self.forgotten += 1;
        }
        self.lines.push_back(text.to_owned());
    }

    fn all(self) -> impl Iterator<Item = String> {
        let forgotten = (self.forgotten > 0)
            .then(|| format!("({} earlier lines are forgotten)", self.forgotten));
        forgotten.into_iter().chain(self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_not_control_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2J\r\nb\tc\u{9b}d"), "a [2J \nb\tc d");
    }

    #[test]
    fn the_last_lines_wait_and_the_number_of_others_is_told() {
        let mut waiting = Waiting::default();
        waiting.push("first");
        assert_eq!(waiting.all().collect::<Vec<_>>(), ["first"]);
        let mut waiting = Waiting::default();
        (0..MOST_LINES + 2).for_each(|number| waiting.push(&number.to_string()));
        let lines: Vec<String> = waiting.all().collect();
        assert_eq!(lines[..2], ["(2 earlier lines are forgotten)", "2"]);
        assert_eq!(lines.len(), MOST_LINES + 1);
    }
}
