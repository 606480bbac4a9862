//! The bytes that come from one side of a connection.

use std::io;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of one read.
const READ: usize = 16 * 1024;

/// Bytes that have been read and not consumed yet. Some of them may have been passed on already.
pub(super) struct Source<R> {
    stream: R,
    buffer: BytesMut,
    passed: usize,
}

impl<R: AsyncRead + Unpin> Source<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
            passed: 0,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Returns those of the first bytes that have not been passed on.
    pub(super) fn fresh(&self, length: usize) -> &[u8] {
        self.buffer.get(self.passed..length).unwrap_or_default()
    }

    pub(super) fn has_passed_some(&self) -> bool {
        self.passed > 0
    }

    /// Marks the first bytes as passed on; they stay until they are consumed.
    pub(super) fn pass(&mut self, length: usize) {
        self.passed = self.passed.max(length.min(self.buffer.len()));
    }

    pub(super) fn consume(&mut self, length: usize) {
        let length = length.min(self.buffer.len());
        self.buffer.advance(length);
        self.passed = self.passed.saturating_sub(length);
    }

    pub(super) fn consume_passed(&mut self) {
        self.consume(self.passed);
    }

    /// Reads more bytes. Returns `false` at the end. May be dropped while it waits: then it has read nothing.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        if self.buffer.capacity() == self.buffer.len() {
            self.buffer.reserve(READ);
        }
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Reads and forgets everything until the end.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.consume(self.buffer.len());
            if !self.fill().await? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passed_bytes_stay_until_they_are_consumed() {
        let mut source = Source::new(&b"abcdef"[..]);
        assert!(source.fill().await.unwrap());
        source.pass(4);
        assert_eq!(
            (source.bytes(), source.fresh(source.bytes().len())),
            (&b"abcdef"[..], &b"ef"[..])
        );
        source.consume(3);
        assert_eq!(
            (source.bytes(), source.fresh(source.bytes().len())),
            (&b"def"[..], &b"ef"[..])
        );
        source.consume(9);
        assert!(!source.has_passed_some());
        assert!(!source.fill().await.unwrap());
    }
}
