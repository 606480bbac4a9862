//! What carries a session on the server's side.

use crate::wire::Wire;

/// A WebSocket, or requests.
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

/// How far the session has come on its way to a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upgrade {
    None,
    /// Its WebSocket is open.
    Open(u32),
    /// The probe is answered: GETs are freed, until the client has crossed over.
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
