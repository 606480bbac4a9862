//! The scripts, and the comments in their heads that say what an application sees.

use std::fs;
use std::path::PathBuf;

use crate::support::server::TransportMode;

/// The view of an application; `server-testbed/faults/README.md` has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// No fault meets this transport.
    Nothing,
    /// No disconnection, and no failed attempt.
    Steady,
    /// At least one failed attempt to connect, and no disconnection after it.
    Late,
    /// At least one disconnection, after which the client is connected again.
    Reconnection,
    Anything,
}

/// How events arrive; the README has these words, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// At most once without retries; at least once and in order with them.
    Delivery,
    /// Twice without retries.
    Twice,
    /// Once and in another order without retries; at least once and in order with them.
    Reordered,
    None,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Whether the script runs when the client is connected, and not before.
    pub(crate) begins_connected: bool,
    /// Whether the heartbeat and the client's timeouts are short.
    pub(crate) has_short_times: bool,
}

impl Script {
    /// Returns the view of an application over a transport.
    pub(crate) fn sees(&self, mode: TransportMode) -> Sees {
        match self.over("sees", mode) {
            Some("nothing") => Sees::Nothing,
            Some("steady") => Sees::Steady,
            Some("late") => Sees::Late,
            Some("reconnection") => Sees::Reconnection,
            Some("anything") => Sees::Anything,
            other => panic!(
                "{}: {other:?} is nothing that an application sees",
                self.name
            ),
        }
    }

    /// Returns how events arrive over a transport.
    pub(crate) fn law(&self, mode: TransportMode) -> Law {
        match self.over("law", mode) {
            None | Some("delivery") => Law::Delivery,
            Some("twice") => Law::Twice,
            Some("reordered") => Law::Reordered,
            Some("none") => Law::None,
            Some(other) => panic!("{}: {other:?} is no law", self.name),
        }
    }

    /// Whether the script takes its faults back by itself.
    pub(crate) fn heals(&self) -> bool {
        self.text.contains(": heal")
    }

    /// Returns a remark of this transport, or else that of all transports.
    fn over(&self, what: &str, mode: TransportMode) -> Option<&str> {
        let own = format!("# {what} over {}: ", word(mode));
        let of_all = format!("# {what}: ");
        self.remark(&own).or_else(|| self.remark(&of_all))
    }

    fn remark(&self, prefix: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(prefix))
    }
}

fn word(mode: TransportMode) -> &'static str {
    match mode {
        TransportMode::Polling => "polling",
        TransportMode::Upgrade => "upgrade",
        _ => "websocket",
    }
}

pub(crate) fn all() -> Vec<Script> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server-testbed/faults");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let scripts = files.filter(|path| path.extension().is_some_and(|it| it == "faults"));
    scripts
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            read(name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn read(name: String, text: String) -> Script {
    let has = |remark: &str| text.lines().any(|line| line == remark);
    Script {
        begins_connected: has("# begins: connected"),
        has_short_times: has("# times: short"),
        name,
        text,
    }
}
