//! State that all sessions of the server share: its plan, its output, and the faults it has found.

use tidewire_core::EngineVersion;

use super::connection::Connection;
use super::users::Users;
use crate::coverage::Coverage;
use crate::plan::ServerPlan;
use crate::rng::Rng;
use crate::wire::Wire;

/// An action of the server on a link.
#[derive(Clone, Debug)]
pub(crate) enum LinkAction {
    /// A frame on a WebSocket.
    Frame(u32, Wire),
    /// A WebSocket is closed.
    Close(u32),
    /// A request is answered with packets (a GET) or without (a POST).
    Response(u32, Vec<Wire>),
    /// A request is answered with status 400.
    Refuse(u32),
    /// A handshake is refused: the server does not speak the version that it asks for.
    RefuseVersion(u32),
}

/// An event or ack from the client.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) nsp: String,
    /// The number of the connection to the namespace.
    pub(crate) connection: u64,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Vec<u8>>,
    pub(crate) is_ack: bool,
    pub(crate) id: Option<u64>,
}

/// State that all sessions share.
pub(crate) struct Shared {
    pub(crate) plan: ServerPlan,
    pub(crate) engine_version: EngineVersion,
    pub(crate) rng: Rng,
    pub(crate) users: Users,
    pub(crate) out: Vec<LinkAction>,
    pub(crate) received: Vec<Received>,
    /// Whether every frame arrives soon (`Plan::is_prompt`).
    pub(crate) is_prompt: bool,
    /// How long the client waits for the answer to a CONNECT before it may send another one, in milliseconds.
    pub(crate) connect_timeout: Option<u64>,
    /// Whether the client may have taken a 2.x server for a later one; it remembers the version.
    pub(crate) misread: bool,
    /// Namespaces with a second CONNECT before the first answer: two connections of each may live side by side.
    pub(crate) doubled: Vec<String>,
    /// The protocol violations of the client.
    pub(crate) faults: Vec<String>,
    pub(crate) seen: Coverage,
}

impl Shared {
    /// Creates a connection to a namespace for a CONNECT that arrives now.
    pub(super) fn new_connection(&mut self, now: u64, nsp: &str) -> Connection {
        let may_retry_at = self.may_retry_at(now);
        self.users.new_connection(nsp, may_retry_at)
    }

    /// Returns when a client whose CONNECT arrives now may send another one.
    pub(super) fn may_retry_at(&self, now: u64) -> u64 {
        // The client counts from when it sent CONNECT: a while ago, or long ago on a slow network.
        let connect_timeout = match self.connect_timeout {
            Some(_) if !self.is_prompt => 0,
            Some(connect_timeout) => connect_timeout / 2,
            None => u64::MAX,
        };
        now.saturating_add(connect_timeout)
    }
}
