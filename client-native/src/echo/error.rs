//! The errors of Echo channels.

use thiserror::Error;
use tidewire_core::echo::{InvalidChannel, InvalidHeader, TooManyChannels};

use crate::error::EmitError;

/// Why a channel or a message of it cannot be.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum EchoError {
    /// The name is empty, has more than 200 characters, or has a control character.
    #[error(transparent)]
    Channel(#[from] InvalidChannel),
    /// HTTP does not allow a header with which the server asks Laravel.
    #[error(transparent)]
    Header(#[from] InvalidHeader),
    /// 10,000 channels are joined.
    #[error(transparent)]
    TooManyChannels(#[from] TooManyChannels),
    /// 10,000 listeners are registered.
    #[error(
        "10,000 listeners of channels are registered already: leave channels, or call Channel::stop_listening"
    )]
    TooManyListeners,
    /// Only presence channels tell who is there.
    #[error("{0} is not a presence channel: use Echo::join")]
    NotPresence(String),
    /// The server relays whispers in private and presence channels only.
    #[error(
        "{0} is a public channel, in which the server relays no whisper: use Echo::private or Echo::join"
    )]
    NotPrivate(String),
    /// The function that gives the headers failed.
    #[error("no subscription to {channel}: its headers failed: {error}")]
    Auth {
        /// The channel.
        channel: String,
        /// The text of the error.
        error: String,
    },
    /// The message was not sent.
    #[error(transparent)]
    Emit(#[from] EmitError),
}
