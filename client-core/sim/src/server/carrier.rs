//! The transport of a session at the server.

use crate::wire::Wire;

/// A WebSocket or HTTP requests.
#[derive(Debug)]
pub(super) enum Carrier {
    Socket(u32),
    Polling {
        /// The GET that waits for packets.
        get: Option<u32>,
        queue: Vec<Wire>,
        upgrade: Upgrade,
    },
}

/// The progress of an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upgrade {
    None,
    /// The WebSocket is open.
    Open(u32),
    /// The probe is answered: GETs are answered at once until the client has upgraded.
    Probed(u32),
}

impl Carrier {
    pub(super) fn polling() -> Carrier {
        Carrier::Polling {
            get: None,
            queue: Vec::new(),
            upgrade: Upgrade::None,
        }
    }
}
