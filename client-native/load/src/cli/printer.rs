//! The thread that writes to the terminal, so that one that takes no text holds up neither the run nor its users.

use std::collections::VecDeque;
use std::io::{Write, stderr, stdout};
use std::mem::take;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Lines that wait while the live view has the screen. Beyond them the oldest one goes.
const MOST_HELD: usize = 1_000;
/// Bytes of lines that wait for standard error. Beyond them the oldest line goes.
const MOST_BYTES: usize = 16 << 20;

/// The texts for the terminal, and their thread.
#[derive(Debug)]
pub(super) struct Printer {
    state: Mutex<State>,
    changed: Condvar,
}

impl Printer {
    pub(super) const fn new() -> Printer {
        Printer {
            state: Mutex::new(State::new()),
            changed: Condvar::new(),
        }
    }

    /// Adds a line for standard error.
    pub(super) fn line(&'static self, line: String) {
        self.change(|state| state.waiting.push(line, state.is_held));
    }

    /// Adds a part of the live view for standard output.
    pub(super) fn draw(&'static self, part: &[u8]) {
        self.change(|state| state.picture.extend_from_slice(part));
    }

    /// Keeps lines for later, or no longer.
    pub(super) fn hold(&'static self, is_held: bool) {
        self.change(|state| state.is_held = is_held);
    }

    pub(super) fn is_held(&self) -> bool {
        self.lock().is_held
    }

    /// Returns whether the terminal has taken everything drawn so far.
    pub(super) fn is_drawn(&self) -> bool {
        let state = self.lock();
        !state.is_gone && !state.is_writing && state.picture.is_empty()
    }

    /// Waits until all is written, for `most` if it is given.
    pub(super) fn flush(&self, most: Option<Duration>) {
        let deadline = most.and_then(|most| Instant::now().checked_add(most));
        let mut state = self.lock();
        while state.has_work() || state.is_writing {
            let Some(deadline) = deadline else {
                state = self.wait(state);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn change(&'static self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        if !state.has_thread {
            let thread = thread::Builder::new().name("printer".into());
            state.has_thread = thread.spawn(|| self.write_forever()).is_ok();
        }
        let has_thread = state.has_thread;
        drop(state);
        self.changed.notify_all();
        if !has_thread {
            self.write_all();
        }
    }

    fn write_forever(&self) {
        loop {
            self.write_all();
            let mut state = self.lock();
            while !state.has_work() {
                state = self.wait(state);
            }
        }
    }

    /// Writes all that waits, outside of the lock.
    fn write_all(&self) {
        while let Some(work) = self.begin() {
            let is_gone = work.write().is_err();
            let mut state = self.lock();
            state.is_gone |= is_gone;
            state.is_writing = false;
            drop(state);
            self.changed.notify_all();
        }
    }

    fn begin(&self) -> Option<Work> {
        let mut state = self.lock();
        let work = state.take()?;
        state.is_writing = true;
        Some(work)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct State {
    waiting: Waiting,
    picture: Vec<u8>,
    /// Whether the live view has the screen.
    is_held: bool,
    is_writing: bool,
    /// Whether the live view could not be written: the terminal is closed.
    is_gone: bool,
    has_thread: bool,
}

impl State {
    const fn new() -> State {
        State {
            waiting: Waiting::new(),
            picture: Vec::new(),
            is_held: false,
            is_writing: false,
            is_gone: false,
            has_thread: false,
        }
    }

    fn has_work(&self) -> bool {
        !self.picture.is_empty() || (!self.is_held && !self.waiting.lines.is_empty())
    }

    /// The live view comes first: its last part gives the screen back.
    fn take(&mut self) -> Option<Work> {
        if !self.has_work() {
            return None;
        }
        Some(match self.picture.is_empty() {
            false => Work::Picture(take(&mut self.picture)),
            true => Work::Lines(self.waiting.take()),
        })
    }
}

enum Work {
    Picture(Vec<u8>),
    Lines(String),
}

impl Work {
    /// Returns an error if the live view has no terminal any more. Lines without a reader are lost.
    fn write(&self) -> std::io::Result<()> {
        match self {
            Work::Picture(bytes) => {
                let mut out = stdout();
                out.write_all(bytes)?;
                out.flush()
            }
            Work::Lines(text) => {
                let _ = stderr().write_all(text.as_bytes());
                Ok(())
            }
        }
    }
}

#[derive(Debug)]
struct Waiting {
    lines: VecDeque<String>,
    bytes: usize,
    forgotten: u64,
}

impl Waiting {
    const fn new() -> Waiting {
        Waiting {
            lines: VecDeque::new(),
            bytes: 0,
            forgotten: 0,
        }
    }

    fn push(&mut self, line: String, is_held: bool) {
        self.bytes += line.len();
        self.lines.push_back(line);
        let most = if is_held { MOST_HELD } else { usize::MAX };
        while self.lines.len() > most || self.bytes > MOST_BYTES {
            let Some(line) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= line.len();
            self.forgotten += 1;
        }
    }

    /// Takes all lines as one text, which says how many are missing.
    fn take(&mut self) -> String {
        let Waiting {
            lines, forgotten, ..
        } = std::mem::replace(self, Waiting::new());
        let mut text = String::new();
        if forgotten > 0 {
            text.push_str(&format!("({forgotten} earlier lines are forgotten)\n"));
        }
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_wait_and_the_number_of_others_is_told() {
        let mut waiting = Waiting::new();
        waiting.push("first".into(), true);
        assert_eq!(waiting.take(), "first\n");
        for number in 0..MOST_HELD + 2 {
            waiting.push(number.to_string(), true);
        }
        let text = waiting.take();
        assert!(text.starts_with("(2 earlier lines are forgotten)\n2\n3\n"));
        assert_eq!(text.lines().count(), MOST_HELD + 1);
        assert_eq!(waiting.take(), "");
    }

    #[test]
    fn lines_without_a_reader_are_bounded_in_bytes() {
        let mut waiting = Waiting::new();
        let line = "a".repeat(MOST_BYTES / 4);
        (0..6).for_each(|_| waiting.push(line.clone(), false));
        assert_eq!((waiting.lines.len(), waiting.forgotten), (4, 2));
        // One that does not fit by itself is forgotten, too.
        waiting.push("a".repeat(MOST_BYTES + 1), false);
        assert_eq!((waiting.lines.len(), waiting.bytes), (0, 0));
        waiting.push("last".into(), false);
        assert_eq!(waiting.take(), "(7 earlier lines are forgotten)\nlast\n");
    }

    #[test]
    fn the_live_view_is_written_before_the_lines_that_it_holds() {
        let mut state = State::new();
        state.is_held = true;
        state.waiting.push("a line".into(), true);
        assert!(state.take().is_none());
        state.picture.extend_from_slice(b"leave");
        state.is_held = false;
        assert!(matches!(state.take(), Some(Work::Picture(bytes)) if bytes == b"leave"));
        assert!(matches!(state.take(), Some(Work::Lines(text)) if text == "a line\n"));
        assert!(!state.has_work());
    }
}
