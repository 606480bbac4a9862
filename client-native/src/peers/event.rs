//! Events of peers, and their messages.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tidewire_core::envelope::{Action, Envelope, Meta};
use tidewire_core::peers::SaveId;

use super::error::PeerError;
use crate::args::DecodeError;
use crate::event::{Event, Message};

/// An event of [`Peers`](super::Peers).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PeerEvent {
    /// The namespace is connected, under this id.
    Connected(Arc<str>),
    /// A mobile-sdk server has given this client its ids, or knows it under them again.
    Registered(SaveId),
    /// The client with this id is in the room.
    Joined(String),
    /// The client with this id left the room.
    Left(String),
    /// A message for this client.
    Message(PeerMessage),
    /// The server denies this client, which then disconnects; see [`Peers::stay_when_denied`](super::Peers::stay_when_denied).
    Denied(PeerMessage),
    /// An event of the server could not be read, or a message to it not be sent.
    Error(PeerError),
    /// Any other event of the namespace. A disconnect forgets the members.
    ///
    /// A server of egg-socket.io's example sends each message to every client: those for others are here, as events that are named
    /// by the ids of their receivers.
    Other(Event),
}

/// A message for this client: an action, a payload and metadata.
#[derive(Clone, Debug)]
pub struct PeerMessage {
    message: Message,
    action: Action,
    meta: Meta,
}

impl PeerMessage {
    pub(super) fn new(message: Message, action: Action, meta: Meta) -> PeerMessage {
        PeerMessage {
            message,
            action,
            meta,
        }
    }

    /// The action: `exchange` for a message of another client.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The metadata.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The socket id of the sender. mobile-sdk does not tell it.
    pub fn sender(&self) -> Option<&str> {
        self.meta.client.as_deref()
    }

    /// Decodes the payload.
    ///
    /// # Errors
    /// If it is not a `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let envelope: Envelope<T> = self.message.args()?;
        Ok(envelope.data.payload)
    }
}
