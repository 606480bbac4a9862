//! Received frames of a WebSocket.

use bytes::Bytes;

use crate::error::TransportError;
use crate::text::Text;

/// A received frame, or the end.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// The peer closed, with this code and text, or the stream ended.
    Closed(u16, String),
    Broken(TransportError),
}
