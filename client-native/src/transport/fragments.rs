//! Refuses a flood of empty fragments: a WebSocket message that never ends and never exceeds a limit on bytes.
//!
//! tungstenite has no such limit. This stream follows the heads of the frames (RFC 6455, 5.2) that pass through it, and leaves
//! every other rule to tungstenite.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The empty fragments that one message may have, other than its last.
const EMPTY_FRAGMENTS: u32 = 1_024;

/// The bits of the first byte for the last fragment of a message, and for a control frame.
const FIN: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// A stream of frames from a server.
#[derive(Debug)]
pub(crate) struct Frames<S> {
    stream: S,
    counter: Counter,
}

impl<S> Frames<S> {
    /// `read` are the bytes of the stream that were read before.
    pub(super) fn new(stream: S, read: &[u8]) -> Result<Frames<S>, TooManyFragments> {
        let mut counter = Counter::default();
        counter.follow(read)?;
        Ok(Frames { stream, counter })
    }
}

/// A message has too many empty fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyFragments;

impl fmt::Display for TooManyFragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a message has more than {EMPTY_FRAGMENTS} empty fragments"
        )
    }
}

impl std::error::Error for TooManyFragments {}

/// The place in the frames, and the empty fragments of the message that is coming.
#[derive(Debug, Default)]
struct Counter {
    /// The bytes of the payload still to come.
    payload: u64,
    /// The start of a head.
    head: [u8; 10],
    /// The bytes of it that have come.
    read: usize,
    empty: u32,
}

impl Counter {
    fn follow(&mut self, mut bytes: &[u8]) -> Result<(), TooManyFragments> {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let here = usize::try_from(self.payload).unwrap_or(usize::MAX);
                let here = here.min(bytes.len());
                self.payload -= here as u64;
                bytes = &bytes[here..];
                continue;
            }
            // Most frames: short, whole, and messages of their own.
            if let ([first, length @ ..126, rest @ ..], 0) = (bytes, self.read)
                && first & (FIN | CONTROL) == FIN
                && let Some(behind) = rest.get(usize::from(*length)..)
            {
                self.empty = 0;
                bytes = behind;
                continue;
            }
            self.head[self.read] = bytes[0];
            self.read += 1;
            bytes = &bytes[1..];
            if self.read > 1 && self.read == head_size(self.head[1]) {
                self.read = 0;
                self.begin_frame()?;
            }
        }
        Ok(())
    }

    fn begin_frame(&mut self) -> Result<(), TooManyFragments> {
        const MASK: u8 = 0x80;
        let [first, second, ..] = self.head;
        let length = payload_length(&self.head);
        let mask = if second & MASK == 0 { 0 } else { 4 };
        self.payload = length.saturating_add(mask);
        if first & CONTROL != 0 {
            return Ok(());
        }
        let is_last = first & FIN != 0;
        self.empty = match (is_last, length) {
            (true, _) => 0,
            (false, 0) => self.empty + 1,
            (false, _) => self.empty,
        };
        if self.empty > EMPTY_FRAGMENTS {
            return Err(TooManyFragments);
        }
        Ok(())
    }
}

/// The bytes of a head, without its mask, by its second byte.
fn head_size(second: u8) -> usize {
    match second & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    }
}

fn payload_length(head: &[u8; 10]) -> u64 {
    match head[1] & 0x7f {
        126 => u64::from(u16::from_be_bytes([head[2], head[3]])),
        127 => {
            let [_, _, long @ ..] = *head;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let followed = this.counter.follow(&buf.filled()[before..]);
        Poll::Ready(followed.map_err(io::Error::other))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Frames<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of a server.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match payload {
            0..=125 => frame.push(payload as u8),
            126..=65_535 => {
                frame.push(126);
                frame.extend_from_slice(&(payload as u16).to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend_from_slice(&(payload as u64).to_be_bytes());
            }
        }
        frame.resize(frame.len() + payload, 0);
        frame
    }

    /// Follows the frames in pieces of this size.
    fn followed(frames: &[Vec<u8>], size: usize) -> Result<(), TooManyFragments> {
        let mut counter = Counter::default();
        let bytes = frames.concat();
        bytes
            .chunks(size)
            .try_for_each(|piece| counter.follow(piece))
    }

    #[test]
    fn a_message_has_at_most_1024_empty_fragments_however_its_bytes_are_cut() {
        let start = frame(0x01, 3);
        // Pings and fragments with content between them do not count.
        let between = [frame(0x89, 0), frame(0x00, 126), frame(0x00, 70_000)].concat();
        let mut frames = vec![start];
        frames.extend(std::iter::repeat_n(frame(0x00, 0), 512));
        frames.push(between);
        frames.extend(std::iter::repeat_n(frame(0x00, 0), 512));
        for size in [1, 2, 3, 7, 4096, 1 << 20] {
            assert_eq!(followed(&frames, size), Ok(()));
        }
        frames.push(frame(0x00, 0));
        for size in [1, 2, 3, 7, 4096, 1 << 20] {
            assert_eq!(followed(&frames, size), Err(TooManyFragments));
        }
    }

    #[test]
    fn each_message_has_its_own_count() {
        let mut message = vec![frame(0x02, 0); 1_000];
        message.push(frame(0x80, 0));
        let frames = [message.clone(), message].concat();
        assert_eq!(followed(&frames, 100), Ok(()));
    }

    #[test]
    fn a_mask_is_a_part_of_the_frame() {
        let mut masked = frame(0x81, 2);
        masked[1] |= 0x80;
        masked.extend_from_slice(&[0; 4]);
        let mut frames = vec![masked];
        frames.extend(vec![frame(0x00, 0); 1_025]);
        assert_eq!(followed(&frames, 5), Err(TooManyFragments));
    }
}
