//! Connection state recovery: what a 4.x server needs to restore a lost session of a namespace.
//!
//! A server that can gives a private id with CONNECT, and an offset as the last argument of every event. Both go with the next
//! CONNECT; the same private id in its answer says that the session is restored. Without any event there is no offset, and
//! the server cannot restore. Source: socket.io 4.6, "Connection state recovery"; socket.io-client 4.8, `onconnect`.

use alloc::string::String;
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

    /// An event has come, with this offset if it had one.
    pub(crate) fn note(&mut self, offset: Option<String>) {
        if let Some(offset) = offset {
            self.offset = Some(offset.into());
        }
    }

    /// What to ask for at the next CONNECT.
    pub(crate) fn ask(&self) -> Option<Recovery> {
        Some(Recovery {
            pid: self.pid.clone()?,
            offset: self.offset.clone()?,
        })
    }

    /// The server has answered CONNECT. Returns whether the session is the one from before.
    pub(crate) fn on_connected(&mut self, pid: Option<Arc<str>>) -> bool {
        let recovered = pid.is_some() && pid == self.pid;
        if !recovered {
            self.offset = None;
        }
        self.pid = pid;
        recovered
    }
}
