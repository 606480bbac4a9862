//! Compressed messages, as the server sends and reads them.

use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::request::Request;

/// Shorter messages are sent as they are. That is the default of socket.io and its client, too. In bytes.
const THRESHOLD: usize = 1024;

/// More than the largest message that is compressed, in bytes.
const LARGEST: usize = 16 << 10;

/// The end of each compressed message, which is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// With these parameters, the messages of one side refer to none before.
const CLIENT_ALONE: &str = "client_no_context_takeover";
const SERVER_ALONE: &str = "server_no_context_takeover";

/// The contexts of a connection.
pub(super) struct Deflate {
    compress: Compress,
    is_alone: bool,
    decompress: Decompress,
    is_client_alone: bool,
}

impl Deflate {
    /// Agrees to what the client wants: returns the contexts, and the extension for the answer. `None` if it wants no compression.
    pub(super) fn agree(request: &Request) -> Option<(Deflate, String)> {
        if !request.wants_deflate() {
            return None;
        }
        let mut extension = "permessage-deflate".to_owned();
        let mut agree = |parameter| {
            let is_offered = request.offers(parameter);
            if is_offered {
                extension += "; ";
                extension += parameter;
            }
            is_offered
        };
        let deflate = Deflate {
            compress: Compress::new(Compression::default(), false),
            is_alone: agree(SERVER_ALONE),
            decompress: Decompress::new(false),
            is_client_alone: agree(CLIENT_ALONE),
        };
        Some((deflate, extension))
    }

    /// Returns `None` for a message that is sent as it is.
    pub(super) fn compress(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        if message.len() < THRESHOLD {
            return None;
        }
        let mut compressed = Vec::with_capacity(message.len() + 64);
        let flush = FlushCompress::Sync;
        let done = self.compress.compress_vec(message, &mut compressed, flush);
        done.ok()?;
        compressed.truncate(compressed.len() - TAIL.len());
        if self.is_alone {
            self.compress.reset();
        }
        Some(compressed)
    }

    pub(super) fn decompress(&mut self, compressed: &[u8]) -> io::Result<Vec<u8>> {
        let mut message = Vec::with_capacity(LARGEST);
        for part in [compressed, &TAIL] {
            let flush = FlushDecompress::Sync;
            self.decompress.decompress_vec(part, &mut message, flush)?;
        }
        if self.is_client_alone {
            self.decompress.reset(false);
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::texts_of_words;

    /// The server's contexts, and those of a client: what one compresses, the other reads.
    fn both(offer: &str) -> Option<(Deflate, Deflate, String)> {
        let head = format!("GET /?deflate=1 HTTP/1.1\r\nSec-WebSocket-Extensions: {offer}\r\n\r\n");
        let request = Request::take(&mut head.into_bytes()).unwrap();
        let (server, extension) = Deflate::agree(&request)?;
        let (client, _) = Deflate::agree(&request)?;
        Some((server, client, extension))
    }

    #[test]
    fn messages_refer_to_those_before_unless_the_client_says_no() {
        let sizes = |offer: &str| {
            let (mut server, mut client, extension) = both(offer).unwrap();
            let text = &texts_of_words(4096)[0];
            let sizes = [(); 2].map(|()| {
                let compressed = server.compress(text.as_bytes()).unwrap();
                assert_eq!(client.decompress(&compressed).unwrap(), text.as_bytes());
                compressed.len()
            });
            (sizes, extension)
        };
        let ([first, second], extension) = sizes("permessage-deflate; client_max_window_bits");
        assert!(first < 2048 && second < 100, "{first}, {second}");
        assert_eq!(extension, "permessage-deflate");
        let ([first, second], extension) = sizes("permessage-deflate; server_no_context_takeover");
        assert_eq!(first, second);
        assert_eq!(extension, "permessage-deflate; server_no_context_takeover");
    }

    #[test]
    fn other_extensions_and_short_messages_are_left_alone() {
        assert!(both("other").is_none());
        let (mut server, ..) = both("permessage-deflate").unwrap();
        assert!(server.compress(&[b'.'; THRESHOLD - 1]).is_none());
    }
}
