//! Which user a socket belongs to, on whichever node it is.

use crate::app::App;
use crate::namespace::Connection;

/// The group of the registry that holds identities: socket id -> user.
const GROUP: &str = "identity";

/// The user behind a socket.
pub(super) struct Identity {
    pub(super) user: String,
}

impl Identity {
    /// Makes a user that does not exist: a UUID of version 4 (version 1 in the original).
    pub(super) fn fresh() -> Self {
        let bits = rand::random::<u128>();
        let version = (bits & !(0xf << 76)) | (0x4 << 76);
        let variant = (version & !(0x3 << 62)) | (0x2 << 62);
        let hex = format!("{variant:032x}");
        let (a, rest) = hex.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        Self {
            user: format!("{a}-{b}-{c}-{d}-{e}"),
        }
    }

    pub(super) async fn store(&self, connection: &Connection) {
        let registry = connection.app().cluster().registry();
        registry.put(GROUP, &connection.id(), &self.user).await;
    }

    pub(super) async fn remove(connection: &Connection) {
        let registry = connection.app().cluster().registry();
        registry.remove(GROUP, &connection.id()).await;
    }

    /// Returns the user of a socket. The original knows the sockets of its own process only.
    pub(super) async fn user_of(app: &App, socket: &str) -> Option<String> {
        let registry = app.cluster().registry();
        match app.config().original {
            true => registry.get_own(GROUP, socket),
            false => registry.get(GROUP, socket).await,
        }
    }

    pub(super) async fn is(app: &App, socket: &str, user: &str) -> bool {
        Self::user_of(app, socket).await.as_deref() == Some(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_user_is_a_uuid() {
        let user = Identity::fresh().user;
        let lengths: Vec<_> = user.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{user}");
        assert_eq!(&user[14..15], "4", "{user}");
        assert!("89ab".contains(&user[19..20]), "{user}");
        assert_ne!(user, Identity::fresh().user);
    }
}
