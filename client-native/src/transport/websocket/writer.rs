//! Keeps frames in order until the network takes them, many with one write.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;

use super::block::FrameBlock;

/// The bytes of frames at which they are written, although more may follow.
pub(super) const WRITE: usize = 64 << 10;

/// The frames that are not written yet.
#[derive(Debug, Default)]
pub(in crate::transport) struct FrameWriter {
    blocks: VecDeque<FrameBlock>,
    /// The bytes of all blocks.
    size: usize,
    /// Whether the stream holds bytes that were written to it, as one with TLS may.
    unflushed: bool,
}

impl FrameWriter {
    /// The bytes that are not written yet.
    pub(in crate::transport) fn size(&self) -> usize {
        self.size
    }

    /// Appends a message as one frame. `first` is the first byte of its head, `parts` its content.
    pub(super) fn push(&mut self, first: u8, parts: [&[u8]; 2]) {
        let size = parts[0].len() + parts[1].len();
        self.append(size, |block| block.push(first, parts));
    }

    /// Appends frames as they are.
    pub(in crate::transport) fn push_raw(&mut self, frames: &[u8]) {
        self.append(frames.len(), |block| block.push_raw(frames));
    }

    /// Appends a block.
    pub(super) fn push_block(&mut self, block: FrameBlock) {
        self.size += block.len();
        match self.blocks.back_mut() {
            Some(last) if last.takes(block.len()) => last.push_raw(block.unwritten()),
            _ => self.blocks.push_back(block),
        }
    }

    /// Appends `size` bytes, and a head, to a block that has room.
    fn append(&mut self, size: usize, append: impl FnOnce(&mut FrameBlock)) {
        if self.blocks.back().is_none_or(|last| !last.takes(size)) {
            // The first block grows with its content; a second one shows that there is much.
            self.blocks.push_back(match self.blocks.len() {
                0 => FrameBlock::with_room(size),
                _ => FrameBlock::for_many(size),
            });
        }
        if let Some(last) = self.blocks.back_mut() {
            let before = last.len();
            append(last);
            self.size += last.len() - before;
        }
    }

    /// Writes what the network takes now, if there is much, so that frames do not pile up here. The next `poll_write` registers the
    /// waker.
    pub(in crate::transport) fn write_early<S>(&mut self, stream: &mut S) -> io::Result<()>
    where
        S: AsyncWrite + Unpin,
    {
        if self.size < WRITE {
            return Ok(());
        }
        match self.poll_write(stream, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(written) => written,
            Poll::Pending => Ok(()),
        }
    }

    /// Writes all. Pending while the peer does not read.
    pub(in crate::transport) fn poll_write<S>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while let Some(block) = self.blocks.front_mut() {
            let written = ready!(Pin::new(&mut *stream).poll_write(cx, block.unwritten()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.size -= written;
            block.note_written(written);
            if block.len() == 0 {
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
