//! The identity of a client at a mobile-sdk server.

use alloc::string::String;

use serde::Deserialize;

use crate::envelope::{Action, Meta};

/// The payload of `saveId`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SaveId {
    /// The id of the socket, which changes with each connection.
    pub socket_id: String,
    /// The id under which other clients reach this one.
    pub user_id: String,
}

/// The identity that the server has given, and the messages in its name.
///
/// ```
/// use tidewire_core::envelope::Action;
/// use tidewire_core::peers::{Registration, SaveId, Saved};
///
/// let ids = |socket_id: &str, user_id: &str| SaveId {
///     socket_id: socket_id.into(),
///     user_id: user_id.into(),
/// };
/// let mut registration = Registration::new("app");
/// assert_eq!(registration.save(ids("s1", "u1")), Saved::First);
/// // After a reconnect:
/// assert_eq!(registration.save(ids("s2", "u2")), Saved::Replaced);
/// let meta = registration.meta(&Action::ReConnectAndUpdates, None);
/// assert_eq!((meta.client.as_deref(), meta.user_id.as_deref()), (Some("s2"), Some("u1")));
/// ```
#[derive(Debug, Clone)]
pub struct Registration {
    app: String,
    ids: Option<SaveId>,
}

/// The effect of a `saveId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The client has an identity now.
    First,
    /// The server has made a new identity: send [`Action::ReConnectAndUpdates`] to keep the first one.
    Replaced,
    /// The server knows the client under its identity.
    Known,
}

impl Registration {
    /// Creates a client of the application `app`, which has no identity yet.
    pub fn new(app: impl Into<String>) -> Self {
        Registration {
            app: app.into(),
            ids: None,
        }
    }

    /// Returns the ids; `None` before the first `saveId`.
    pub fn ids(&self) -> Option<&SaveId> {
        self.ids.as_ref()
    }

    /// Takes a `saveId`: keeps the first user id, and the new socket id.
    pub fn save(&mut self, new: SaveId) -> Saved {
        let Some(ids) = &mut self.ids else {
            self.ids = Some(new);
            return Saved::First;
        };
        ids.socket_id = new.socket_id;
        if ids.user_id == new.user_id {
            Saved::Known
        } else {
            Saved::Replaced
        }
    }

    /// Returns the metadata of a message of this client, without its time and signature.
    ///
    /// `target` receives the message; without one, it is for the server. A mobile-sdk server delivers to a target only under the
    /// user id of that target, and takes all other messages under that of the sender.
    pub fn meta(&self, action: &Action, target: Option<&SaveId>) -> Meta {
        let own = self.ids.as_ref();
        let to = target.or(own);
        let user = match action {
            Action::SendToOthers => to,
            _ => own,
        };
        Meta {
            app: Some(self.app.clone()),
            client: Some(own.map_or_else(String::new, |own| own.socket_id.clone())),
            target: Some(to.map_or_else(String::new, |to| to.socket_id.clone())),
            user_id: user.map(|user| user.user_id.clone()),
            ..Meta::default()
        }
    }
}

/// Returns whether the payload of an `exchange` is mobile-sdk's refusal of a signature, after which it disconnects the client.
pub fn is_signature_refusal(payload: &str) -> bool {
    payload.starts_with("Illegal signature, disconnected client ")
}
