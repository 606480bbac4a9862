//! How much one client may ask for.

use crate::Refusal;

/// The limits of one client. Above a limit, it gets a refusal and everything else goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rooms and channels that one socket may be in, counted together. Default: 1,000.
    pub rooms: usize,
    /// Bytes in the name of a room, a channel, a user, or an application. Default: 200.
    pub name: usize,
    /// Bytes in the body of an HTTP request. Default: 100,000.
    pub body: usize,
    /// Events of one socket that have not ended: those with a controller, and questions and floods. Default: 1,000.
    pub running: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rooms: 1_000,
            name: 200,
            body: 100_000,
            running: 1_000,
        }
    }
}

impl Limits {
    /// Checks a name from outside. Control characters (a line break, say) are in no name: the server's own
    /// rooms have one.
    pub(crate) fn check_name(&self, what: &str, name: &str) -> Result<(), Refusal> {
        if name.len() > self.name {
            let (is, most) = (name.len(), self.name);
            return Err(Refusal::new(format!(
                "{what} has {is} bytes; at most {most} are allowed"
            )));
        }
        if name.chars().any(char::is_control) {
            return Err(Refusal::new(format!(
                "{what} contains a control character; use printable characters"
            )));
        }
        Ok(())
    }

    /// Checks whether one more room or channel is allowed.
    pub(crate) fn check_rooms(&self, joined: usize) -> Result<(), Refusal> {
        if joined < self.rooms {
            return Ok(());
        }
        let most = self.rooms;
        Err(Refusal::new(format!(
            "this socket is in {joined} rooms and channels; at most {most} are allowed: leave one first"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_printable() {
        let limits = Limits::default();
        assert_eq!(limits.check_name("room", "端口/ptop#a b"), Ok(()));
        assert_eq!(limits.check_name("room", ""), Ok(()));
        for bad in ["a\r\nb", "\0echo:x", "tab\t", "\u{7f}", "\u{85}"] {
            let refusal = limits.check_name("room", bad).unwrap_err();
            assert!(refusal.message().starts_with("room contains"), "{refusal}");
        }
        let refusal = limits.check_name("room", &"x".repeat(201)).unwrap_err();
        assert_eq!(
            refusal.message(),
            "room has 201 bytes; at most 200 are allowed"
        );
    }

    #[test]
    fn rooms_are_counted() {
        let limits = Limits {
            rooms: 2,
            ..Limits::default()
        };
        assert_eq!(limits.check_rooms(1), Ok(()));
        assert!(limits.check_rooms(2).is_err());
    }
}
