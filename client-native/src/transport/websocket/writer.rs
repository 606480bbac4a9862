//! Writes frames: masks them, and keeps them in order until the network takes them, many with one write.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use rand::Rng;
use tokio::io::AsyncWrite;

use super::head;

/// The frames that are not written yet, in blocks, each for one write.
#[derive(Debug, Default)]
pub(super) struct FrameWriter {
    blocks: VecDeque<BytesMut>,
    /// The bytes of all blocks.
    size: usize,
    /// Whether the stream holds bytes that were written to it, as one with TLS may.
    unflushed: bool,
}

/// The bytes of a block. A longer frame has a block of its own.
const BLOCK: usize = 64 << 10;

impl FrameWriter {
    /// The bytes that are not written yet.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Appends a message as one frame. `first` is the first byte of its head, `parts` its content.
    pub(super) fn push(&mut self, first: u8, parts: [&[u8]; 2]) {
        let size = MAX_HEAD + parts[0].len() + parts[1].len();
        let block = self.block(size);
        let before = block.len();
        write(first, parts, block);
        self.size += block.len() - before;
    }

    /// Appends bytes of frames as they are.
    pub(super) fn push_raw(&mut self, frames: &[u8]) {
        self.block(frames.len()).extend_from_slice(frames);
        self.size += frames.len();
    }

    /// The block for the next bytes.
    fn block(&mut self, size: usize) -> &mut BytesMut {
        let is_full = |block: &BytesMut| block.len() + size > BLOCK;
        if self.blocks.back().is_none_or(is_full) {
            // The first block grows with its content; a second one shows that there is much.
            let room = if self.blocks.is_empty() { 0 } else { BLOCK };
            self.blocks
                .push_back(BytesMut::with_capacity(room.max(size)));
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    /// Writes all. Pending while the peer does not read.
    pub(super) fn poll_write<S>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while let Some(block) = self.blocks.front_mut() {
            let written = ready!(Pin::new(&mut *stream).poll_write(cx, block))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.size -= written;
            block.advance(written);
            if block.is_empty() {
                self.blocks.pop_front();
            }
        }
        self.blocks = VecDeque::new();
        if self.unflushed {
            ready!(Pin::new(stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// The bytes of the longest head, with its mask.
const MAX_HEAD: usize = 14;

/// Appends a masked frame.
fn write(first: u8, parts: [&[u8]; 2], out: &mut BytesMut) {
    let size = parts[0].len() + parts[1].len();
    out.reserve(MAX_HEAD + size);
    // From a generator that cannot be predicted (RFC 6455, 5.3).
    let key = rand::rng().next_u32().to_ne_bytes();
    head::write(first, size, key, out);
    let start = out.len();
    out.extend_from_slice(parts[0]);
    out.extend_from_slice(parts[1]);
    mask(&mut out[start..], key);
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
