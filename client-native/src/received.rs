//! Received frames of a full-duplex link.

use bytes::Bytes;

use crate::error::TransportError;
use crate::text::Text;

/// A received frame, or the end.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// The peer closed the link, as this error says.
    Closed(TransportError),
    /// The link failed.
    Broken(TransportError),
}
