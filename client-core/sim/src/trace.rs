//! What was done to a machine and what it said, line by line: for people, and as a number that two runs can be compared by.

use std::fmt::Debug;

/// FNV-1a over all lines; the last lines themselves where somebody wants to read them.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// `kept`: whether lines are kept to be read.
    pub fn new(kept: bool) -> Trace {
        Trace {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: kept.then(Vec::new),
        }
    }

    pub(crate) fn note(&mut self, now: u64, side: &str, what: &impl Debug) {
        let line = format!("{now:>9} {side} {what:?}");
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    /// The number of this trace.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Its lines, if they were kept.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
