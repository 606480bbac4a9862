//! A client in a namespace, as applications see it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::cluster::Socket;
use crate::{Refusal, backpressure, handshake, rooms, session};

/// A client that is connected to a namespace, or asks to be. Clones are the same connection.
#[derive(Clone)]
pub struct Connection {
    socket: Socket,
    app: Arc<App>,
    auth: Arc<Value>,
}

impl Connection {
    pub(super) fn new(socket: Socket, app: Arc<App>, auth: Arc<Value>) -> Self {
        Self { socket, app, auth }
    }

    /// Returns the payload of the client's CONNECT: an empty object if there is none, as in protocol 4.
    #[must_use]
    pub fn auth(&self) -> &Value {
        &self.auth
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Returns the socket's id as its client knows it.
    #[must_use]
    pub fn id(&self) -> String {
        handshake::client_id(&self.socket)
    }

    /// Returns one value of the query in the Engine.IO URL.
    #[must_use]
    pub fn query(&self, key: &str) -> Option<String> {
        handshake::query_value(&self.socket, key)
    }

    /// Returns one header of the first request, if it is a text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.socket.req_parts().headers.get(name)?.to_str().ok()
    }

    /// Returns the user of the session whose cookie came with the first request, if its signature is valid.
    #[must_use]
    pub fn session(&self) -> Option<String> {
        session::user(self.app.session_key(), &self.socket.req_parts().headers)
    }

    /// Emits an event to this client. A tuple is all arguments, any other type is the first one.
    pub async fn emit<T: Serialize + ?Sized>(&self, event: &str, data: &T) {
        backpressure::emit(&self.socket, event, data).await;
    }

    /// Emits an event to all clients of this namespace, on all nodes.
    pub async fn emit_to_all<T: Serialize + ?Sized>(&self, event: &str, data: &T) {
        // `broadcast` leaves out the sender.
        backpressure::emit(&self.socket, event, data).await;
        // An error means a client that is disconnected or does not read.
        let _ = self.socket.broadcast().emit(event, data).await;
    }

    /// Emits an event to all members of a room, on all nodes.
    pub async fn emit_to_room<T: Serialize + ?Sized>(&self, room: &str, event: &str, data: &T) {
        let _ = self.socket.within(room.to_owned()).emit(event, data).await;
    }

    /// Joins a room.
    ///
    /// # Errors
    /// The name is too long or contains a control character, or the client is in too many rooms.
    pub fn join(&self, room: &str) -> Result<(), Refusal> {
        let limits = &self.app.config().limits;
        limits.check_name("the room", room)?;
        limits.check_rooms(rooms::count(&self.socket))?;
        self.socket.join(room.to_owned());
        Ok(())
    }

    /// Leaves a room.
    pub fn leave(&self, room: &str) {
        self.socket.leave(room.to_owned());
    }

    /// Disconnects the client from this namespace. It does not connect again by itself.
    pub async fn disconnect(&self) {
        crate::lab::kick(self.socket.clone()).await;
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Connection").field(&self.id()).finish()
    }
}
