//! The two accounts of a session that are compared: the recorded client's and the machine's.

/// What a client sent and said.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// `<number of the connection> <frame>`.
    pub(crate) frames: Vec<String>,
    /// What the application hears.
    pub(crate) news: Vec<String>,
    /// What becomes of the connection.
    pub(crate) connection: Vec<String>,
}

impl Account {
    /// Moves events that came before their namespace was connected behind the news that it is.
    pub(crate) fn early_after_connected(&mut self) -> bool {
        let mut moved = false;
        for at in 0..self.news.len() {
            let Some(id) = self.news[at].strip_prefix("connected ") else {
                continue;
            };
            let nsp = id.split_once('#').map_or("/", |(nsp, _)| nsp).to_string() + " ";
            let early = |line: &String| line.starts_with(&nsp) || line.starts_with("event ");
            let first = self.news[..at]
                .iter()
                .rposition(|line| !early(line))
                .map_or(0, |own| own + 1);
            self.news[first..=at].rotate_right(1);
            moved |= first < at;
        }
        moved
    }
}
