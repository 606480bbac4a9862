//! A block of frames, masked and ready to be written.

use bytes::{Buf, Bytes, BytesMut};
use rand::Rng;

use super::head::{self, Head};

/// Frames, one behind the other. They are appended in place, and one write takes them all.
#[derive(Debug, Default)]
pub(crate) struct FrameBlock {
    bytes: BytesMut,
}

/// The bytes of a block at which the next frame begins a new one.
const FULL: usize = 64 << 10;

/// The bytes of the longest head, with its mask.
const MAX_HEAD: usize = 14;

impl FrameBlock {
    /// Creates a block with room for one frame with `size` bytes of content.
    pub(super) fn with_room(size: usize) -> FrameBlock {
        FrameBlock {
            bytes: BytesMut::with_capacity(MAX_HEAD + size),
        }
    }

    /// Creates a block with all the room that it may take, for many frames.
    pub(super) fn for_many() -> FrameBlock {
        FrameBlock::with_room(FULL)
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a frame with `size` bytes of content has its place in this block.
    pub(crate) fn takes(&self, size: usize) -> bool {
        self.bytes.is_empty() || self.bytes.len() + size <= FULL
    }

    /// Appends a text message as one frame. Its content is UTF-8, in parts.
    pub(crate) fn push_text(&mut self, parts: [&[u8]; 2]) {
        self.push(head::TEXT, parts);
    }

    /// Appends a message as one frame. `first` is the first byte of its head.
    pub(super) fn push(&mut self, first: u8, parts: [&[u8]; 2]) {
        let size = parts[0].len() + parts[1].len();
        self.bytes.reserve(MAX_HEAD + size);
        // From a generator that cannot be predicted (RFC 6455, 5.3).
        let key = rand::rng().next_u32().to_ne_bytes();
        head::write(first, size, key, &mut self.bytes);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(parts[0]);
        self.bytes.extend_from_slice(parts[1]);
        mask(&mut self.bytes[start..], key);
    }

    /// Appends frames as they are.
    pub(super) fn push_raw(&mut self, frames: &[u8]) {
        self.bytes.extend_from_slice(frames);
    }

    /// The bytes that are not written yet.
    pub(super) fn unwritten(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn note_written(&mut self, size: usize) {
        self.bytes.advance(size);
    }

    /// Takes the frames apart again. Returns the content of each.
    pub(crate) fn contents(self) -> impl Iterator<Item = Bytes> {
        let mut bytes = self.bytes;
        std::iter::from_fn(move || {
            let head = Head::read(&bytes)?;
            bytes.advance(head.size);
            let key = *bytes.first_chunk()?;
            bytes.advance(key.len());
            let size = usize::try_from(head.payload).ok()?;
            let mut content = bytes.split_to(size.min(bytes.len()));
            mask(&mut content, key);
            Some(content.freeze())
        })
    }
}

/// Masks content, or removes the mask.
fn mask(content: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = content.as_chunks_mut();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ twice).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_can_be_taken_apart_again() {
        let contents = [0, 1, 7, 8, 100, 125, 126, 70_000].map(|size| vec![b'x'; size]);
        let mut block = FrameBlock::default();
        for content in &contents {
            block.push_text([b"42", content]);
        }
        let apart: Vec<Bytes> = block.contents().collect();
        assert_eq!(apart.len(), contents.len());
        for (apart, content) in apart.iter().zip(&contents) {
            assert_eq!(apart, &[b"42", &content[..]].concat());
        }
    }

    #[test]
    fn a_full_block_takes_no_more_frames() {
        let mut block = FrameBlock::default();
        assert!(block.takes(10 * FULL));
        block.push_text([b"42", b"[]"]);
        assert!(!block.takes(FULL));
        let mut count = 1;
        while block.takes(1_000) {
            block.push_text([b"42", &[b'x'; 998]]);
            count += 1;
        }
        assert!((FULL - 2_000..=FULL + MAX_HEAD).contains(&block.len()));
        assert_eq!(block.contents().count(), count);
    }
}
