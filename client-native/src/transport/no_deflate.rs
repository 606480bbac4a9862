//! Compression in a build without the feature `deflate`: the client offers none, and accepts none.

use http::HeaderValue;

use crate::error::TransportError;

/// The extension that the client offers in its handshake: none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offer(());

/// There is no connection with compression.
#[derive(Debug)]
pub(crate) enum Deflate {}

impl Offer {
    pub(crate) fn header(self) -> Option<HeaderValue> {
        None
    }

    pub(crate) fn accept(self, extensions: &str) -> Result<Deflate, String> {
        Err(format!(
            "the server turns on an extension that the client has not asked for: {extensions:.200}"
        ))
    }
}

impl Deflate {
    pub(crate) fn compress(&mut self, _: [&[u8]; 2]) -> Option<Vec<u8>> {
        match *self {}
    }

    pub(crate) fn decompress(&mut self, _: &[u8], _: usize) -> Result<Vec<u8>, TransportError> {
        match *self {}
    }
}
