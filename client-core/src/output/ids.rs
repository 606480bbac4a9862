//! Names for what a host or an application must tell apart.

use core::cmp::Ordering;
use core::fmt;
use core::num::{NonZeroU32, NonZeroU64};

/// A socket or request of the host's, used once. News of a link that was dropped is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(NonZeroU32);

impl Link {
    /// The number of this link: 1 for a client's first, never used twice.
    pub const fn id(self) -> u32 {
        self.0.get()
    }

    /// The link of this number, for hosts that keep names where no Rust is. A number that was never given is of no link.
    pub const fn from_id(id: u32) -> Link {
        match NonZeroU32::new(id) {
            Some(id) => Link(id),
            None => Link(NonZeroU32::MAX),
        }
    }
}

/// A namespace of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nsp(pub(crate) u32);

impl Nsp {
    /// The number of this namespace: 0 for a client's first, then counted up.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An ack the application awaits, unique within its namespace for the client's whole life.
// Kept as what is left above it, so that `None` in an `Option<AckId>` takes no room of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AckId(NonZeroU64);

impl AckId {
    /// The id as it is on the wire.
    pub const fn get(self) -> u64 {
        !self.0.get()
    }

    /// The ack of this number, for hosts that keep names where no Rust is. A number that was never given is of no ack.
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

/// An answer the server awaits. Good for one [`Client::reply`](crate::Client::reply), while the connection lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// Which connection of the namespace asked: an answer on another one would reach somebody else's question.
    pub(crate) session: u32,
    pub(crate) id: AckId,
}

impl Reply {
    /// Which connection of the namespace asked.
    pub const fn session(self) -> u32 {
        self.session
    }

    /// The id as it is on the wire.
    pub const fn id(self) -> u64 {
        self.id.get()
    }

    /// The answer of these numbers, for hosts that keep names where no Rust is.
    pub const fn from_parts(session: u32, id: u64) -> Reply {
        Reply {
            session,
            id: AckId::from_number(id),
        }
    }
}
