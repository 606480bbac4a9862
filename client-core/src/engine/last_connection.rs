//! What the last connection has taught, for the next one.

use super::opening::Opening;
use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::Transport;

#[derive(Debug, Default)]
pub(crate) struct LastConnection {
    /// What the last server turned out to be, to spare the next connection the wait.
    engine_version: Option<EngineVersion>,
    /// Whether the last session was on a WebSocket.
    websocket_worked: bool,
}

impl LastConnection {
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        self.engine_version
    }

    /// Whether to open with a WebSocket, whatever the order of the transports is.
    pub(crate) fn prefers_websocket(&self, config: &Config) -> bool {
        config.remember_upgrade && self.websocket_worked
    }

    /// The server's generation, as far as it is known by now.
    pub(crate) fn note_engine_version(&mut self, engine_version: Option<EngineVersion>) {
        self.engine_version = engine_version.or(self.engine_version);
    }

    /// A session has opened on `transport`, or upgraded to it.
    pub(crate) fn note_transport(&mut self, transport: Transport) {
        self.websocket_worked = transport == Transport::WebSocket;
    }

    /// A WebSocket that cannot be opened is not preferred any more: something may have come between.
    pub(crate) fn note_failure(&mut self, opening: &Opening) {
        if opening.transport() == Transport::WebSocket {
            self.websocket_worked = false;
        }
    }
}
