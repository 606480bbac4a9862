//! A trace of a run: the inputs and outputs of the machine as lines to read, and a hash to compare two runs by.

use std::fmt::Debug;

/// The FNV-1a hash of all lines, and the lines themselves if they are kept.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// Creates an empty trace; `keep_lines` is whether its lines can be read.
    pub fn new(regressions: bool) -> Trace {
        Trace {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: regressions.then(Vec::new),
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

    /// Returns the hash of the trace.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Returns the lines, if they are kept.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
