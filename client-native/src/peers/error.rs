//! The errors of peers.

use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

use crate::error::{EmitError, SocketError};

/// Why a message to a peer was not sent, or one of the server could not be read.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The message was not sent.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The function of [`Peers::mobile_sdk`](super::Peers::mobile_sdk) made no signature.
    #[error("the message has no signature, because the function of Peers::mobile_sdk failed")]
    Sign(#[source] Arc<dyn Error + Send + Sync>),
    /// A mobile-sdk server has given no id yet: wait for [`PeerEvent::Registered`](super::PeerEvent::Registered).
    #[error("the server has given no id yet: send after PeerEvent::Registered")]
    NotRegistered,
    /// A mobile-sdk server delivers only under the user id of the target: give it by [`Target::with_user`](super::Target::with_user).
    #[error("the user id of the target {0} is missing: give it by Target::with_user")]
    NoUserId(String),
    /// The message does not name its sender. A mobile-sdk server never tells it.
    #[error("the message does not name its sender, so no client can get a reply")]
    NoSender,
    /// An event of the server could not be read.
    #[error(transparent)]
    Socket(#[from] SocketError),
}
