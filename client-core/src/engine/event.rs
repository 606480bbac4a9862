//! How a link ends, and what the engine reports to the layer above.

use crate::error::{OpenError, Reason};
use crate::output::Link;
use crate::wire::head::Malformed;
use crate::wire::received::ReceivedPacket;

/// How a link ended, as the host saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The link could not be opened, or it broke.
    Failed,
    /// The peer closed the link, or the stream ended.
    Closed,
    /// The server refused the handshake for a reason that the host does not know: with the HTTP status 400 and a body that does
    /// not explain it, or in a way that the host cannot see.
    ///
    /// The machine asks once more with the other Engine.IO version: python-engineio, for one, refuses `EIO=4` in 3.x and
    /// `EIO=3` in 4.x. In any other state it is the same as [`Lost::Failed`].
    Refused,
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
    /// A Socket.IO packet, or why its header cannot be read.
    Packet(Result<ReceivedPacket<'a, P>, Malformed>),
    /// An attachment.
    Binary(P),
    /// The session has upgraded to another transport.
    Upgraded,
    /// A link has failed to take the session over.
    UpgradeFailed(Link),
    Closed(Reason),
}
