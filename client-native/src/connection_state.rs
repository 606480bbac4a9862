//! The state of a whole connection, which its driver, its transports and its handles share.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tidewire_core::Transport;

use crate::meter::Meter;

#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    pub(crate) meter: Meter,
    transport: AtomicU8,
    /// Whether a new namespace begins as closed.
    closed: AtomicBool,
}

const NO_TRANSPORT: u8 = 0;
const POLLING: u8 = 1;
const WEBSOCKET: u8 = 2;
const WEBTRANSPORT: u8 = 3;

impl ConnectionState {
    pub(crate) fn set_transport(&self, transport: Option<Transport>) {
        let code = match transport {
            None => NO_TRANSPORT,
            Some(Transport::Polling) => POLLING,
            Some(Transport::WebSocket) => WEBSOCKET,
            Some(Transport::WebTransport) => WEBTRANSPORT,
        };
        self.transport.store(code, Ordering::Relaxed);
    }

    pub(crate) fn set_closed(&self, closed: bool) {
        self.closed.store(closed, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        match self.transport.load(Ordering::Relaxed) {
            POLLING => Some(Transport::Polling),
            WEBSOCKET => Some(Transport::WebSocket),
            WEBTRANSPORT => Some(Transport::WebTransport),
            _ => None,
        }
    }
}
