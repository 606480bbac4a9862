//! How a link ends, and what the engine reports to the layer above.

use crate::error::{OpenError, Reason};

/// How a link ended, as the host saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The link could not be opened, or it broke.
    Failed,
    /// The peer closed the link, or the stream ended.
    Closed,
    /// A frame or body exceeded the host's limit and was not read to its end.
    ///
    /// The machine treats it like a malformed packet (`parse error`), so that it does not ask a server that restores sessions
    /// for the same packet again.
    TooLarge,
}

/// An event of the engine, for the layer above.
#[derive(Debug)]
pub(crate) enum EngineEvent<'a, P> {
    /// The handshake is done.
    Opened,
    OpenFailed(OpenError),
    /// The server's version has become known, or turned out to be another one.
    VersionKnown,
    /// A Socket.IO packet, with the beginning and the end of its text.
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
