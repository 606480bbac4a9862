//! The sessions that went through the proxy, and those that it makes the server forget.

use std::collections::HashSet;

/// Bytes of a session id. Longer ones are those of no server.
const LONGEST: usize = 256;
/// Session ids of one half of a set.
const HALF: usize = 50_000;

#[derive(Debug, Default)]
pub(super) struct Sessions {
    seen: Latest,
    forgotten: Latest,
}

/// The latest ids: at least as many as a half has.
#[derive(Debug, Default)]
struct Latest {
    young: HashSet<Box<str>>,
    old: HashSet<Box<str>>,
}

impl Sessions {
    /// Remembers a session. Returns whether it is a forgotten one.
    pub(super) fn meet(&mut self, session: &str) -> bool {
        if session.len() > LONGEST {
            return false;
        }
        if self.forgotten.contains(session) {
            return true;
        }
        self.seen.insert(session.into());
        false
    }

    pub(super) fn forget(&mut self) {
        let Latest { young, old } = std::mem::take(&mut self.seen);
        for session in old.into_iter().chain(young) {
            self.forgotten.insert(session);
        }
    }

    pub(super) fn has_forgotten(&self) -> bool {
        !self.forgotten.young.is_empty()
    }
}

impl Latest {
    fn contains(&self, session: &str) -> bool {
        self.young.contains(session) || self.old.contains(session)
    }

    fn insert(&mut self, session: Box<str>) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_stays_forgotten_after_the_next_forget() {
        let mut sessions = Sessions::default();
        assert!(!sessions.meet("a") && !sessions.has_forgotten());
        sessions.forget();
        assert!(sessions.meet("a") && !sessions.meet("b"));
        sessions.forget();
        assert!(sessions.meet("a") && sessions.meet("b") && !sessions.meet("c"));
    }

    #[test]
    fn the_latest_sessions_are_kept_and_the_set_is_bounded() {
        let mut sessions = Sessions::default();
        for number in 0..3 * HALF {
            sessions.meet(&number.to_string());
        }
        assert!(sessions.seen.young.len() + sessions.seen.old.len() <= 2 * HALF);
        assert!(!sessions.meet(&"a".repeat(LONGEST + 1)));
        sessions.forget();
        assert!(sessions.meet(&(3 * HALF - 1).to_string()));
        assert!(sessions.meet(&(2 * HALF).to_string()));
        assert!(!sessions.meet("0"));
    }
}
