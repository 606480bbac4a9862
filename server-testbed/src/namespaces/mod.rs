//! The namespaces of the contract, one file each.

mod auth;
mod chat;
mod early;
mod open;
mod ptop;

use socketioxide::SocketIo;

/// Opens every namespace of the contract on a server.
pub(crate) fn install(io: &SocketIo) {
    open::install(io);
    auth::install(io);
    early::install(io);
    chat::install(io);
    ptop::install(io);
}
