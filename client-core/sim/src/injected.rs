//! Faults that a user adds to a run by hand, each at a time.

/// A fault added by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// All links are cut, and the client notices.
    Cut,
    /// All links are cut, and the client does not notice.
    HalfOpen,
    /// Nothing arrives for 10 s.
    Stall,
    /// The server restarts and loses all sessions.
    Restart,
    /// The server ends all sessions, and keeps the data for recovery.
    Forget,
    /// The server disconnects a namespace of each session.
    Kick,
    /// The server sends nothing more to its sessions.
    Silence,
    /// The server sends a malformed packet.
    Malformed,
    /// The client device sleeps for 60 s.
    Sleep,
}

const NAMES: [(Injected, &str); 9] = [
    (Injected::Cut, "cut"),
    (Injected::HalfOpen, "half-open"),
    (Injected::Stall, "stall"),
    (Injected::Restart, "restart"),
    (Injected::Forget, "forget"),
    (Injected::Kick, "kick"),
    (Injected::Silence, "silence"),
    (Injected::Malformed, "malformed"),
    (Injected::Sleep, "sleep"),
];

impl Injected {
    /// Returns its name, such as `half-open`.
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(fault, _)| *fault == self);
        named.map_or("", |(_, name)| name)
    }

    /// Reads a list such as `1200:cut,5000:restart`: times in milliseconds, and names.
    ///
    /// # Errors
    /// Returns the first part that is not a time and a name.
    pub fn read_list(text: &str) -> Result<Vec<(u64, Injected)>, String> {
        let parts = text.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(|part| read(part).ok_or_else(|| part.to_owned()))
            .collect()
    }
}

fn read(part: &str) -> Option<(u64, Injected)> {
    let (time, name) = part.split_once(':')?;
    let (fault, _) = NAMES.iter().find(|(_, known)| *known == name)?;
    Some((time.parse().ok()?, *fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_times_and_names() {
        let expected = vec![(1_200, Injected::Cut), (5_000, Injected::HalfOpen)];
        assert_eq!(
            Injected::read_list("1200:cut, 5000:half-open,"),
            Ok(expected)
        );
        assert_eq!(Injected::read_list(""), Ok(Vec::new()));
        for bad in ["cut", "1:fire", "-1:cut", "1:cut:2"] {
            assert_eq!(Injected::read_list(bad), Err(bad.to_owned()));
        }
        for (fault, name) in NAMES {
            assert_eq!(fault.name(), name);
        }
    }
}
