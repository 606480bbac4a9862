//! Connection state recovery: the ids that a 4.x server needs to restore a lost session of a namespace.
//!
//! A server with recovery sends a private id with CONNECT, and an offset as the last argument of every event. The client sends
//! both with the next CONNECT. The session is restored if the server's CONNECT has the same private id. Before the first event
//! there is no offset, and the server cannot restore.
//!
//! Source: socket.io 4.6, "Connection state recovery"; socket.io-client 4.8, `onconnect`.

use alloc::sync::Arc;

use crate::output::Recovery;

#[derive(Debug, Default)]
pub(crate) struct Recoverable {
    pid: Option<Arc<str>>,
    offset: Option<Arc<str>>,
}

impl Recoverable {
    pub(crate) fn is_promised(&self) -> bool {
        self.pid.is_some()
    }

    /// Notes the offset of an event, if it has one. An empty text is not an offset.
    pub(crate) fn note(&mut self, offset: Option<Arc<str>>) {
        if let Some(offset) = offset.filter(|text| !text.is_empty()) {
            self.offset = Some(offset);
        }
    }

    /// Returns the ids to send with the next CONNECT.
    pub(crate) fn request(&self) -> Option<Recovery> {
        Some(Recovery {
            pid: self.pid.clone()?,
            offset: self.offset.clone()?,
        })
    }

    /// Notes the private id in the server's CONNECT. Returns whether the server has restored the session.
    pub(crate) fn on_connected(&mut self, pid: Option<Arc<str>>) -> bool {
        let recovered = pid.is_some() && pid == self.pid;
        if !recovered {
            self.offset = None;
        }
        self.pid = pid;
        recovered
    }
}
