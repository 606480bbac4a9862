//! Settings of the transports.

use tidewire_core::Transport;

use super::Builder;

/// # Transports
impl Builder {
    /// The transports to use. The first one opens the connection. Default: WebSocket only.
    ///
    /// With polling first and WebSocket among them, the session is upgraded to a WebSocket if the server offers it.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::NoPolling`](crate::BuildError::NoPolling) if polling is among them and the
    /// cargo feature `polling` is off, and with [`BuildError::NoTransports`](crate::BuildError::NoTransports) if there is none.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.config.transports = transports.into_iter().collect();
        self
    }

    /// Whether to upgrade from polling to a WebSocket. Default: yes.
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.config.upgrade = upgrade;
        self
    }

    /// Whether to open with a WebSocket after a connection on which it worked. Default: no.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.config.remember_upgrade = remember;
        self
    }

    /// Whether to try the next transport if one cannot be opened. Default: no.
    pub fn try_all_transports(mut self, all: bool) -> Self {
        self.config.try_all_transports = all;
        self
    }
}
