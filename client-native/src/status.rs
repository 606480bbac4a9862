//! What handles may know of the connection without asking the driver.

use std::sync::atomic::{AtomicU8, Ordering};

use tidewire_core::Transport;

#[derive(Debug, Default)]
pub(crate) struct Status {
    transport: AtomicU8,
}

impl Status {
    pub(crate) fn set_transport(&self, transport: Option<Transport>) {
        let code = match transport {
            Some(Transport::Polling) => 1,
            Some(Transport::WebSocket) => 2,
            _ => 0,
        };
        self.transport.store(code, Ordering::Relaxed);
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        match self.transport.load(Ordering::Relaxed) {
            1 => Some(Transport::Polling),
            2 => Some(Transport::WebSocket),
            _ => None,
        }
    }
}
