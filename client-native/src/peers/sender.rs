//! Sending to other clients.

use std::sync::Arc;

use serde::Serialize;
use tidewire_core::envelope::{Action, EXCHANGE, Envelope, REQUEST_MESSAGE};

use super::error::PeerError;
use super::sdk::Sdk;
use super::target::Target;
use crate::handle::Socket;

/// Sends to other clients, from [`Peers::sender`](super::Peers::sender). Clones send over the same socket.
#[derive(Clone)]
pub struct PeerSender {
    pub(super) socket: Socket,
    pub(super) sdk: Option<Arc<Sdk>>,
}

/// The argument of `exchange`.
#[derive(Serialize)]
struct Exchange<T> {
    target: String,
    payload: T,
}

impl PeerSender {
    pub(super) fn new(socket: Socket, sdk: Option<Arc<Sdk>>) -> PeerSender {
        PeerSender { socket, sdk }
    }

    /// The socket.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Sends `payload` to another client. No answer tells whether it is there: both servers drop a message without a receiver.
    ///
    /// Returns when the connection has taken the message, as [`Socket::emit`] does.
    ///
    /// # Errors
    /// [`PeerError::Emit`]; with mobile-sdk also [`PeerError::Sign`], [`PeerError::NotRegistered`] and [`PeerError::NoUserId`].
    pub async fn send(
        &self,
        target: impl Into<Target>,
        payload: impl Serialize,
    ) -> Result<(), PeerError> {
        let target = target.into();
        if self.sdk.is_some() {
            return self.post(Action::SendToOthers, Some(target), payload).await;
        }
        let target = target.id;
        let sent = self.socket.emit(EXCHANGE, Exchange { target, payload });
        Ok(sent.await?)
    }

    /// Sends `action` to a mobile-sdk server, such as [`Action::RequestId`], which it does not answer.
    ///
    /// # Errors
    /// As [`send`](PeerSender::send). [`PeerError::NotRegistered`] also if the server is not one of mobile-sdk.
    pub async fn request(&self, action: Action, payload: impl Serialize) -> Result<(), PeerError> {
        self.post(action, None, payload).await
    }

    async fn post(
        &self,
        action: Action,
        target: Option<Target>,
        payload: impl Serialize,
    ) -> Result<(), PeerError> {
        let sdk = self.sdk.as_ref().ok_or(PeerError::NotRegistered)?;
        let meta = sdk.signed_meta(&action, target).await?;
        let now = meta.timestamp.unwrap_or_default();
        let envelope = Envelope::new(action, payload, meta, now);
        Ok(self.socket.emit(REQUEST_MESSAGE, envelope).await?)
    }
}

impl std::fmt::Debug for PeerSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerSender")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
