//! WebSocket frames as they are on the wire.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes of one frame; a larger one ends its connection.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const TEXT: u8 = 1;

/// One frame, without its mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// FIN, reserved bits and opcode.
    first: u8,
    masked: bool,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// Reads the next frame.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let first = stream.read_u8().await?;
        let second = stream.read_u8().await?;
        let masked = second & 0x80 != 0;
        let length = match second & 0x7f {
            126 => u64::from(stream.read_u16().await?),
            127 => stream.read_u64().await?,
            short => u64::from(short),
        };
        if length > MOST_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame that is too long",
            ));
        }
        let mut mask = [0; 4];
        if masked {
            stream.read_exact(&mut mask).await?;
        }
        let mut payload = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        stream.read_exact(&mut payload).await?;
        apply(mask, &mut payload);
        Ok(Self {
            first,
            masked,
            payload,
        })
    }

    /// Makes a whole message of text for the same direction.
    pub(super) fn text_like(&self, text: &str) -> Self {
        Self {
            first: 0x80 | TEXT,
            masked: self.masked,
            payload: text.as_bytes().to_vec(),
        }
    }

    /// Returns the text if this is a whole message of text without compression.
    pub(super) fn text(&self) -> Option<&str> {
        match self.first {
            0x81 => std::str::from_utf8(&self.payload).ok(),
            _ => None,
        }
    }

    /// Returns whether this begins a message, as opposed to a control frame or the rest of one.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.first & 0x0f, 1 | 2)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.first];
        let bit = if self.masked { 0x80 } else { 0 };
        let length = self.payload.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..126), _) => bytes.push(bit | short),
            (_, Ok(medium)) => {
                bytes.push(bit | 126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => {
                bytes.push(bit | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        let mut payload = self.payload.clone();
        if self.masked {
            let mask: [u8; 4] = rand::random();
            bytes.extend(mask);
            apply(mask, &mut payload);
        }
        bytes.extend(payload);
        bytes
    }
}

fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_frame_of_any_length_is_read_as_it_was_written() {
        for masked in [false, true] {
            for length in [0, 1, 125, 126, 65_535, 65_536] {
                let payload = vec![7; length];
                let frame = Frame {
                    first: 0x82,
                    masked,
                    payload,
                };
                let bytes = frame.bytes();
                assert_eq!(Frame::read(&mut bytes.as_slice()).await.unwrap(), frame);
                assert!(Frame::read(&mut &bytes[..bytes.len() - 1]).await.is_err());
            }
        }
    }
}
