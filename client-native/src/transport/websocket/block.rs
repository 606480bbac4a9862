//! A block of frames, masked and ready to be written.

use std::cell::Cell;

use bytes::Bytes;
use rand::Rng;

use super::head::{self, Head};

/// Frames, one behind the other. They are appended in place, and one write takes them all.
#[derive(Debug, Default)]
pub(crate) struct FrameBlock {
    bytes: Vec<u8>,
    /// The bytes at the front that are written.
    written: usize,
}

/// The bytes of a block at which the next frame begins a new one.
const FULL: usize = 64 << 10;

/// The bytes of a block that shows that many frames come.
const MANY: usize = 4 << 10;

/// The bytes of the longest head, with its mask.
const MAX_HEAD: usize = 14;

thread_local! {
    /// The memory of the last full block of a thread, for the next one: to the system it would go and come with each.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl FrameBlock {
    /// Creates a block with room for one frame with `size` bytes of content.
    pub(super) fn with_room(size: usize) -> FrameBlock {
        FrameBlock {
            bytes: Vec::with_capacity(MAX_HEAD + size),
            written: 0,
        }
    }

    /// Creates a block with all the room that it may take, for a frame with `size` bytes of content and many others.
    pub(super) fn for_many(size: usize) -> FrameBlock {
        if size >= FULL {
            return FrameBlock::with_room(size);
        }
        FrameBlock {
            bytes: full(),
            written: 0,
        }
    }

    /// The bytes that are not written yet.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written
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
        self.reserve(MAX_HEAD + size);
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
        self.reserve(frames.len());
        self.bytes.extend_from_slice(frames);
    }

    /// Makes room: for the whole block, once there are many frames.
    fn reserve(&mut self, more: usize) {
        let len = self.bytes.len();
        if self.bytes.capacity() < FULL && len >= MANY && len + more <= FULL + MAX_HEAD {
            let few = std::mem::replace(&mut self.bytes, full());
            self.bytes.extend_from_slice(&few);
        }
        self.bytes.reserve(more);
    }

    pub(super) fn unwritten(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    pub(super) fn note_written(&mut self, size: usize) {
        self.written += size;
    }

    /// Takes the frames apart again. Returns the content of each.
    pub(crate) fn contents(&self) -> impl Iterator<Item = Bytes> {
        let mut rest = self.unwritten();
        std::iter::from_fn(move || {
            let head = Head::read(rest)?;
            let (key, behind) = rest.get(head.size..)?.split_first_chunk()?;
            let size = usize::try_from(head.payload).ok()?;
            let (content, behind) = behind.split_at_checked(size)?;
            rest = behind;
            let mut content = content.to_vec();
            mask(&mut content, *key);
            Some(content.into())
        })
    }
}

impl Drop for FrameBlock {
    fn drop(&mut self) {
        if (FULL..=2 * FULL).contains(&self.bytes.capacity()) {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            // A thread that ends has no use for it.
            let _ = SPARE.try_with(|spare| spare.set(bytes));
        }
    }
}

/// The memory of a full block.
fn full() -> Vec<u8> {
    let mut bytes = SPARE.try_with(Cell::take).unwrap_or_default();
    bytes.reserve_exact(FULL + MAX_HEAD);
    bytes
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
