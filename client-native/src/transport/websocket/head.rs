//! The head of a frame (RFC 6455, 5.2).

/// The bits of the first byte for the last fragment of a message, and for a control frame.
const FIN: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// The bit of the first byte, in the first fragment of a message, for a compressed one (RFC 7692, 6).
pub(super) const COMPRESSED: u8 = 0x40;

/// The bit of the second byte for a mask.
const MASK: u8 = 0x80;

/// The first byte of a whole message in one frame.
pub(super) const TEXT: u8 = FIN | 1;
pub(super) const BINARY: u8 = FIN | 2;

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) is_text: bool,
    pub(super) is_compressed: bool,
}

/// The head of a frame from the server, without its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    first: u8,
    masked: bool,
    /// The bytes of the head.
    pub(super) size: usize,
    /// The bytes of the payload.
    pub(super) payload: u64,
}

impl Head {
    /// Reads a head; `None` if it is not whole.
    pub(super) fn read(bytes: &[u8]) -> Option<Head> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (size, payload) = match second & !MASK {
            126 => (4, u64::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*rest.first_chunk()?)),
            short => (2, u64::from(short)),
        };
        Some(Head {
            first: *first,
            masked: second & MASK != 0,
            size,
            payload,
        })
    }

    /// The bytes of the whole frame, which may not exist.
    pub(super) fn frame(&self) -> u64 {
        let mask = if self.masked { 4 } else { 0 };
        self.payload.saturating_add(self.size as u64 + mask)
    }

    /// The kind of the message, if the frame is a whole one, unmasked.
    pub(super) fn whole_message(&self) -> Option<Kind> {
        self.message().filter(|_| self.is_last() && !self.masked)
    }

    /// The kind of the message that begins with this frame.
    pub(super) fn message(&self) -> Option<Kind> {
        let is_text = match self.first & !COMPRESSED | FIN {
            TEXT => true,
            BINARY => false,
            _ => return None,
        };
        let is_compressed = self.first & COMPRESSED != 0;
        Some(Kind {
            is_text,
            is_compressed,
        })
    }

    /// The first byte of this frame in a message that is not compressed, and binary.
    pub(super) fn first_of_binary(&self) -> u8 {
        self.first & FIN | BINARY & !FIN
    }

    pub(super) fn is_control(&self) -> bool {
        self.first & CONTROL != 0
    }

    /// Whether it is the last fragment of its message.
    pub(super) fn is_last(&self) -> bool {
        self.first & FIN != 0
    }
}

/// Appends the head of a frame to the server with `payload` bytes, masked.
pub(super) fn write(first: u8, payload: usize, mask: [u8; 4], out: &mut Vec<u8>) {
    match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(short @ ..126), _) => out.extend_from_slice(&[first, MASK | short]),
        (_, Ok(medium)) => {
            let [high, low] = medium.to_be_bytes();
            out.extend_from_slice(&[first, MASK | 126, high, low]);
        }
        _ => {
            out.extend_from_slice(&[first, MASK | 127]);
            out.extend_from_slice(&(payload as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_head_reads_the_same() {
        // The length takes as few bytes as it can (RFC 6455, 5.2).
        for (payload, size) in [
            (0, 2),
            (1, 2),
            (125, 2),
            (126, 4),
            (127, 4),
            (65_535, 4),
            (65_536, 10),
            (1 << 40, 10),
        ] {
            let mut bytes = Vec::new();
            write(TEXT, payload, [1, 2, 3, 4], &mut bytes);
            let head = Head::read(&bytes).unwrap();
            assert_eq!((head.payload, head.masked), (payload as u64, true));
            assert_eq!((head.size, bytes.len()), (size, size + 4));
            for short in 0..head.size {
                assert_eq!(Head::read(&bytes[..short]), None);
            }
        }
    }
}
