//! Refuses a flood of empty fragments: a message that never ends and never exceeds a limit on bytes. tungstenite has no such limit.

use std::fmt;

use super::head::Head;

/// The empty fragments that one message may have, other than its last.
const EMPTY_FRAGMENTS: u32 = 1_024;

/// A message has too many empty fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyFragments;

impl fmt::Display for TooManyFragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a message has more than {EMPTY_FRAGMENTS} empty fragments"
        )
    }
}

/// The message in fragments that is coming, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fragments {
    is_open: bool,
    empty: u32,
}

impl Fragments {
    /// Whether the last fragment of a message has not come yet.
    pub(super) fn is_open(self) -> bool {
        self.is_open
    }

    /// Notes a frame.
    pub(super) fn note(&mut self, head: &Head) -> Result<(), TooManyFragments> {
        if head.is_control() {
            return Ok(());
        }
        self.is_open = !head.is_last();
        self.empty = match (self.is_open, head.payload) {
            (false, _) => 0,
            (true, 0) => self.empty + 1,
            (true, _) => self.empty,
        };
        if self.empty > EMPTY_FRAGMENTS {
            return Err(TooManyFragments);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: [u8; 3] = [0x01, 1, b'x'];
    const EMPTY: [u8; 2] = [0x00, 0];
    const LAST: [u8; 2] = [0x80, 0];

    fn note(fragments: &mut Fragments, frame: &[u8], times: usize) -> Result<(), TooManyFragments> {
        let head = Head::read(frame).unwrap();
        (0..times).try_for_each(|_| fragments.note(&head))
    }

    #[test]
    fn a_message_has_at_most_1024_empty_fragments() {
        let mut fragments = Fragments::default();
        note(&mut fragments, &START, 1).unwrap();
        note(&mut fragments, &EMPTY, 512).unwrap();
        // Pings and fragments with content between them do not count.
        note(&mut fragments, &[0x89, 0], 2_000).unwrap();
        note(&mut fragments, &[0x00, 1, b'x'], 2_000).unwrap();
        note(&mut fragments, &EMPTY, 512).unwrap();
        assert!(fragments.is_open());
        assert_eq!(note(&mut fragments, &EMPTY, 1), Err(TooManyFragments));
    }

    #[test]
    fn each_message_has_its_own_count() {
        let mut fragments = Fragments::default();
        for _ in 0..3 {
            note(&mut fragments, &START, 1).unwrap();
            note(&mut fragments, &EMPTY, 1_000).unwrap();
            note(&mut fragments, &LAST, 1).unwrap();
            assert!(!fragments.is_open());
        }
    }
}
