//! Receivers of messages.

use tidewire_core::peers::SaveId;

use super::error::PeerError;

/// A receiver: a socket id, and its user id if the server is one of mobile-sdk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(super) id: String,
    user_id: Option<String>,
}

impl Target {
    /// Adds the user id, under which alone a mobile-sdk server delivers.
    #[must_use]
    pub fn with_user(self, user_id: impl Into<String>) -> Target {
        Target {
            user_id: Some(user_id.into()),
            ..self
        }
    }
}

impl From<&str> for Target {
    fn from(id: &str) -> Target {
        Target::from(id.to_owned())
    }
}

impl From<String> for Target {
    fn from(id: String) -> Target {
        Target { id, user_id: None }
    }
}

impl From<SaveId> for Target {
    fn from(ids: SaveId) -> Target {
        Target::from(ids.socket_id).with_user(ids.user_id)
    }
}

impl TryFrom<Target> for SaveId {
    type Error = PeerError;

    fn try_from(target: Target) -> Result<SaveId, PeerError> {
        let Target { id, user_id } = target;
        match user_id {
            Some(user_id) => Ok(SaveId {
                socket_id: id,
                user_id,
            }),
            None => Err(PeerError::NoUserId(id)),
        }
    }
}
