//! The namespaces of one client, on one connection.

use tidewire::Socket;

#[derive(Clone)]
pub(super) struct Sockets {
    /// Rooms and their messages.
    pub(super) lab: Socket,
    /// Presence.
    pub(super) ptop: Socket,
}
