//! Reads a stream through a buffer that all full-duplex links of a thread share.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// The most bytes of one read.
pub(super) const READ: usize = 16 << 10;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Reads, and gives the bytes to `keep`. Ready with the number of bytes, which is 0 at the end.
#[inline]
pub(super) fn poll_read<S>(
    stream: &mut S,
    cx: &mut Context<'_>,
    keep: impl FnOnce(&[u8]),
) -> Poll<io::Result<usize>>
where
    S: AsyncRead + Unpin,
{
    // A thread that ends has no buffer any more.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.resize(READ, 0);
    let mut read = ReadBuf::new(&mut buffer);
    let result = Pin::new(stream).poll_read(cx, &mut read);
    let size = read.filled().len();
    if size > 0 {
        keep(read.filled());
    }
    let _ = BUFFER.try_with(|kept| kept.set(buffer));
    result.map_ok(|()| size)
}
