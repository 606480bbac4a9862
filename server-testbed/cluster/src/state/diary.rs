//! The last things that happened to each client, to explain a violation.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Instant;

/// The number of entries that are kept.
const ENTRIES: usize = 12;
/// The bytes of an entry that are kept.
const LENGTH: usize = 200;

#[derive(Debug)]
pub(crate) struct Diary {
    clients: Vec<VecDeque<(Instant, String)>>,
}

impl Diary {
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            clients: vec![VecDeque::new(); clients],
        }
    }

    pub(crate) fn note(&mut self, client: usize, now: Instant, mut entry: String) {
        if entry.len() > LENGTH {
            entry.truncate(entry.floor_char_boundary(LENGTH));
        }
        let entries = &mut self.clients[client];
        if entries.len() == ENTRIES {
            entries.pop_front();
        }
        entries.push_back((now, entry));
    }

    /// Returns the entries of a client as lines, each with its age in seconds.
    pub(crate) fn read(&self, client: usize, now: Instant) -> String {
        let mut text = String::new();
        for (then, entry) in &self.clients[client] {
            let age = now.duration_since(*then).as_secs_f64();
            // Writing to a text does not fail.
            let _ = write!(text, "\n    {age:>6.1} s ago: {entry}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_goes_and_a_long_one_is_cut() {
        let mut diary = Diary::new(1);
        for number in 0..=ENTRIES {
            diary.note(0, Instant::now(), format!("entry {number}."));
        }
        diary.note(0, Instant::now(), "ö".repeat(LENGTH));
        let text = diary.read(0, Instant::now());
        assert_eq!(text.lines().count(), ENTRIES + 1, "{text}");
        assert!(!text.contains("entry 1.") && text.contains("entry 2."));
        assert_eq!(text.matches('ö').count(), LENGTH / 2);
    }
}
