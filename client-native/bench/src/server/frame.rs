//! WebSocket frames, by hand: a client's are read where they lie, the server's are added to a buffer.

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;

/// The bit beside the opcode of a message that is compressed.
pub(crate) const COMPRESSED: u8 = 0x40;

/// A client's frame, unmasked, as offsets into the input.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) is_compressed: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Frame {
    /// The frame that begins at `from`, if all of it is there. Clients do not fragment what is sent here.
    pub(crate) fn at(input: &mut [u8], from: usize) -> Option<Frame> {
        let head = input.get(from..)?;
        let first = *head.first()?;
        let (len, start) = match head.get(1)? & 0x7f {
            126 => (u16::from_be_bytes(*head.get(2..)?.first_chunk()?).into(), 4),
            127 => (
                u64::from_be_bytes(*head.get(2..)?.first_chunk()?) as usize,
                10,
            ),
            len => (usize::from(len), 2),
        };
        let mask: [u8; 4] = *head.get(start..)?.first_chunk()?;
        let start = from + start + mask.len();
        let payload = input.get_mut(start..start + len)?;
        for quad in payload.chunks_mut(mask.len()) {
            for (byte, mask) in quad.iter_mut().zip(mask) {
                *byte ^= mask;
            }
        }
        Some(Frame {
            opcode: first & 0x0f,
            is_compressed: first & COMPRESSED != 0,
            start,
            end: start + len,
        })
    }
}

/// Adds a whole frame. The opcode may have the bit [`COMPRESSED`].
pub(crate) fn push(output: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    output.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ ..126), _) => output.push(len),
        (_, Ok(len)) => {
            output.push(126);
            output.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            output.push(127);
            output.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    output.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_and_unmasked() {
        let mut input = vec![0x81, 0x82, 1, 2, 3, 4, b'4' ^ 1, b'0' ^ 2, 0x88, 0x80];
        let frame = Frame::at(&mut input, 0).unwrap();
        assert_eq!(
            (frame.opcode, &input[frame.start..frame.end]),
            (TEXT, &b"40"[..])
        );
        assert!(Frame::at(&mut input, frame.end).is_none());
    }

    #[test]
    fn a_head_has_the_shortest_form_of_the_length() {
        for (len, head) in [
            (125, &[0x82, 125][..]),
            (126, &[0x82, 126, 0, 126]),
            (0xffff, &[0x82, 126, 0xff, 0xff]),
            (0x1_0000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut output = Vec::new();
            push(&mut output, BINARY, &vec![7; len]);
            assert_eq!(&output[..head.len()], head);
            assert_eq!(output.len(), head.len() + len);
        }
    }
}
