//! EngineEvent of links from the host, and of the session to the layer above.

use crate::error::{OpenError, Reason};

/// How a link ended, as the host saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It could not be opened, or it broke.
    Failed,
    /// The peer closed it, or the stream ended.
    Closed,
    /// More came than the host takes: a frame or a body that is not even read to its end. It counts as a packet that breaks
    /// the rules (`parse error`), so that a server which restores sessions is not asked for the same again.
    TooLarge,
}

/// What the engine tells the layer above.
#[derive(Debug)]
pub(crate) enum EngineEvent<'a, P> {
    /// The handshake is done.
    Opened,
    OpenFailed(OpenError),
    /// What is known of the server's generation has changed.
    VersionKnown,
    /// A Socket.IO packet, with its beginning and its end.
    Text {
        head: &'a [u8],
        tail: &'a [u8],
        payload: P,
    },
    /// An attachment.
    Binary(P),
    /// The session has upgraded to a WebSocket.
    Upgraded,
    UpgradeFailed,
    Closed(Reason),
}
