//! The heads of WebSocket frames, and frames that the proxy makes itself.

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
/// Opcodes from here on are those of control frames.
const FIRST_CONTROL: u8 = 8;

/// The head of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// FIN, reserved bits and opcode.
    first: u8,
    mask: Option<[u8; 4]>,
    /// Bytes of the head itself.
    pub(super) length: usize,
    /// Bytes after the head.
    pub(super) payload: u64,
}

impl FrameHead {
    /// Returns `None` if more bytes are needed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (payload, rest) = match second & 0x7f {
            126 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
            127 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
            short => (u64::from(short), rest),
        };
        let (mask, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => rest
                .split_first_chunk()
                .map(|(mask, rest)| (Some(*mask), rest))?,
        };
        let length = bytes.len() - rest.len();
        Some(Self {
            first,
            mask,
            length,
            payload,
        })
    }

    pub(super) fn is_control(&self) -> bool {
        self.opcode() >= FIRST_CONTROL
    }

    pub(super) fn is_close(&self) -> bool {
        self.opcode() == CLOSE
    }

    /// Returns whether this begins a message.
    pub(super) fn begins_message(&self) -> bool {
        !self.is_control() && self.opcode() != CONTINUATION
    }

    /// Returns whether this is the last frame of its message.
    pub(super) fn is_last(&self) -> bool {
        self.first & 0x80 != 0
    }

    /// Returns whether the payload is text that is not compressed.
    pub(super) fn is_text(&self) -> bool {
        self.first & 0x7f == TEXT
    }

    /// Masks the byte at this place of the payload, or takes its mask away.
    pub(super) fn masked(&self, place: u64, byte: u8) -> u8 {
        let key = self
            .mask
            .and_then(|mask| mask.get((place % 4) as usize).copied());
        byte ^ key.unwrap_or_default()
    }

    fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// Makes a whole message of text for the same direction.
    pub(super) fn text_like(&self, text: &str) -> Vec<u8> {
        let payload = text.as_bytes();
        let mut bytes = vec![0x80 | TEXT];
        let bit = if self.mask.is_some() { 0x80 } else { 0 };
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(short @ 0..126), _) => bytes.push(bit | short),
            (_, Ok(medium)) => {
                bytes.push(bit | 126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => {
                bytes.push(bit | 127);
                bytes.extend((payload.len() as u64).to_be_bytes());
            }
        }
        let mask: Option<[u8; 4]> = self.mask.map(|_| rand::random());
        bytes.extend(mask.into_iter().flatten());
        let own = Self { mask, ..*self };
        bytes.extend(
            (0..)
                .zip(payload)
                .map(|(place, byte)| own.masked(place, *byte)),
        );
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_MASK: FrameHead = FrameHead {
        first: 0x81,
        mask: None,
        length: 2,
        payload: 0,
    };

    #[test]
    fn a_message_of_any_length_is_read_as_it_was_made() {
        for mask in [None, Some([1, 2, 3, 4])] {
            for length in [0, 1, 125, 126, 65_535, 65_536] {
                let text = "a".repeat(length);
                let bytes = FrameHead { mask, ..NO_MASK }.text_like(&text);
                let head = FrameHead::parse(&bytes).unwrap();
                assert!(head.begins_message() && head.is_last() && head.is_text());
                assert_eq!(
                    (head.payload, head.mask.is_some()),
                    (length as u64, mask.is_some())
                );
                assert_eq!(head.length + length, bytes.len());
                let payload = (0..).zip(&bytes[head.length..]);
                assert!(
                    payload
                        .map(|(place, byte)| head.masked(place, *byte))
                        .all(|byte| byte == b'a')
                );
                for part in 0..head.length {
                    assert_eq!(FrameHead::parse(&bytes[..part]), None);
                }
            }
        }
    }
}
