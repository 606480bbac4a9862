//! Ids of links, namespaces, acks and replies.

use core::cmp::Ordering;
use core::fmt;
use core::num::{NonZeroU32, NonZeroU64};

/// A WebSocket or request of the host, used once. Input for a link that was dropped is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(NonZeroU32);

impl Link {
    /// Returns the number of this link: 1 for a client's first, never used twice.
    pub const fn id(self) -> u32 {
        self.0.get()
    }

    /// Returns the link with this number, for hosts that store ids outside Rust.
    ///
    /// A number that the client has not given out matches no link.
    pub const fn from_id(id: u32) -> Link {
        match NonZeroU32::new(id) {
            Some(id) => Link(id),
            None => Link(NonZeroU32::MAX),
        }
    }
}

/// A namespace of one client. Valid only for the client that has returned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nsp(pub(crate) u32);

impl Nsp {
    /// Returns the number of this namespace: 0 for a client's first, then counted up.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An ack that the application awaits. Unique within its namespace for the whole life of the client.
// Stored as the distance to `u64::MAX`, so that `None` in an `Option<AckId>` takes no space of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AckId(NonZeroU64);

impl AckId {
    /// Returns the id as it is on the wire.
    pub const fn get(self) -> u64 {
        !self.0.get()
    }

    /// Returns the ack with this number, for hosts that store ids outside Rust.
    ///
    /// A number that the client has not given out matches no ack.
    pub const fn from_number(number: u64) -> AckId {
        match NonZeroU64::new(!number) {
            Some(left) => AckId(left),
            None => AckId(NonZeroU64::MIN),
        }
    }
}

impl Ord for AckId {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for AckId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for AckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AckId").field(&self.get()).finish()
    }
}

/// The token for one [`Client::reply`](crate::Client::reply) to a server event, valid while the connection lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// The connection of the namespace that brought the event: on another one, the same id belongs to another event.
    pub(crate) session: u32,
    pub(crate) id: AckId,
}

impl Reply {
    /// Returns the number of the connection that brought the event.
    pub const fn session(self) -> u32 {
        self.session
    }

    /// Returns the id as it is on the wire.
    pub const fn id(self) -> u64 {
        self.id.get()
    }

    /// Returns the token with these numbers, for hosts that store ids outside Rust.
    pub const fn from_parts(session: u32, id: u64) -> Reply {
        Reply {
            session,
            id: AckId::from_number(id),
        }
    }
}
