//! What the last connection has taught, for the next one.

use super::opening::Opening;
use crate::config::Config;
use crate::dialect::Dialect;
use crate::output::Transport;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What the last server turned out to be, to spare the next connection the wait.
    dialect: Option<Dialect>,
    /// Whether the last session was on a WebSocket.
    websocket_worked: bool,
}

impl Memory {
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// Whether to open with a WebSocket, whatever the order of the transports is.
    pub(crate) fn prefers_websocket(&self, config: &Config) -> bool {
        config.remember_upgrade && self.websocket_worked
    }

    /// The server's generation, as far as it is known by now.
    pub(crate) fn note_dialect(&mut self, dialect: Option<Dialect>) {
        self.dialect = dialect.or(self.dialect);
    }

    /// A session has opened on `transport`, or climbed to it.
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
