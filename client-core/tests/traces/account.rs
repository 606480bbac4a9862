//! The account of a session. That of the recorded client is compared with that of the machine.

/// The frames and events of a client.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Account {
    /// `<number of the connection> <frame>`.
    pub(crate) frames: Vec<String>,
    /// The events for the application.
    pub(crate) events: Vec<String>,
    /// The events of the connection.
    pub(crate) connection: Vec<String>,
}

impl Account {
    /// Moves events that arrived before their namespace was connected behind the line "connected". Returns whether it moved one.
    pub(crate) fn early_after_connected(&mut self) -> bool {
        let mut moved = false;
        for at in 0..self.events.len() {
            let Some(id) = self.events[at].strip_prefix("connected ") else {
                continue;
            };
            let nsp = id.split_once('#').map_or("/", |(nsp, _)| nsp).to_string() + " ";
            let early = |line: &String| line.starts_with(&nsp) || line.starts_with("event ");
            let first = self.events[..at]
                .iter()
                .rposition(|line| !early(line))
                .map_or(0, |own| own + 1);
            self.events[first..=at].rotate_right(1);
            moved |= first < at;
        }
        moved
    }
}
