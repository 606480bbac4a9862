//! Reads frames: cuts whole messages out of the bytes that came, and leaves all other frames to tungstenite.
//!
//! Nearly all frames of a Socket.IO server are a whole message, unmasked and within the limit. They need no copy beyond the first,
//! and one read of the socket brings many of them. It is for tungstenite to say what every other frame means: control frames,
//! fragments, masked frames, reserved bits, and messages that are too large.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt};
use tungstenite::Error as WsError;
use tungstenite::protocol::frame::Utf8Bytes;

use super::fragments::Fragments;
use super::head::{Head, Kind};
use crate::error::TransportError;
use crate::transport::read::{self, READ};

/// A part of the stream of frames.
#[derive(Debug)]
pub(super) enum Piece {
    Text(Utf8Bytes),
    Binary(Bytes),
    /// A compressed message, and whether it is text.
    Compressed(bool, Bytes),
    /// A frame of another kind, or a part of one, as it came.
    Other(Bytes),
}

#[derive(Debug)]
pub(super) struct FrameReader {
    /// The bytes that were read and not cut yet.
    input: Bytes,
    state: State,
    fragments: Fragments,
    /// The bytes of the longest message.
    limit: usize,
    /// Whether messages may be compressed.
    deflates: bool,
    /// Whether the message in fragments that is coming is text, if it is compressed.
    compressed: Option<bool>,
}

#[derive(Debug)]
enum State {
    /// A head comes next.
    Head,
    /// The rest of a long message comes next.
    Message(Long),
    /// So many bytes of a frame of another kind come next.
    Other(u64),
}

/// A message that is longer than one read. It is read into a buffer of its own, without a copy.
#[derive(Debug)]
struct Long {
    kind: Kind,
    content: Vec<u8>,
    /// The bytes that have not come yet.
    missing: usize,
}

/// The room for a long message grows by at most this or its size: a head may promise more than follows.
const GROWTH: usize = 64 << 10;

impl FrameReader {
    /// `input`: the bytes of the stream that were read before.
    pub(super) fn new(input: Bytes, limit: usize) -> FrameReader {
        FrameReader {
            input,
            state: State::Head,
            fragments: Fragments::default(),
            limit,
            deflates: false,
            compressed: None,
        }
    }

    /// The bytes of the longest message.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Lets messages be compressed.
    pub(super) fn expect_compressed(&mut self) {
        self.deflates = true;
    }

    /// Whether the message that tungstenite has read was compressed: then, whether it is text.
    pub(super) fn take_compressed(&mut self) -> Option<bool> {
        self.compressed.take()
    }

    /// The next piece of the bytes that were read; `None` if more must be read.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, TransportError> {
        match &mut self.state {
            State::Head => self.begin_frame(),
            State::Message(long) if long.missing > 0 => Ok(None),
            State::Message(long) => {
                let (kind, content) = (long.kind, std::mem::take(&mut long.content));
                self.state = State::Head;
                piece(kind, content.into()).map(Some)
            }
            State::Other(_) => Ok(self.other()),
        }
    }

    fn begin_frame(&mut self) -> Result<Option<Piece>, TransportError> {
        let Some(head) = Head::read(&self.input) else {
            return Ok(None);
        };
        let size = usize::try_from(head.payload).unwrap_or(usize::MAX);
        let Some(kind) = head.whole_message().filter(|kind| {
            let is_known = self.deflates || !kind.is_compressed;
            is_known && size <= self.limit && !self.fragments.is_open()
        }) else {
            self.note_compressed(&head);
            let noted = self.fragments.note(&head);
            noted.map_err(|flood| TransportError::WebSocket(flood.to_string()))?;
            self.state = State::Other(head.frame());
            return Ok(self.other());
        };
        if self.input.len() - head.size >= size {
            self.input.advance(head.size);
            return piece(kind, self.input.split_to(size)).map(Some);
        }
        if head.size + size > READ {
            self.input.advance(head.size);
            let mut content = Vec::with_capacity(size.min(self.input.len() + GROWTH));
            content.extend_from_slice(&std::mem::take(&mut self.input));
            let missing = size - content.len();
            self.state = State::Message(Long {
                kind,
                content,
                missing,
            });
        }
        Ok(None)
    }

    /// Notes that a compressed message begins. tungstenite knows no compression: it gets the message as a binary one.
    fn note_compressed(&mut self, head: &Head) {
        let begun = head.message().filter(|kind| kind.is_compressed);
        if let Some(kind) = begun.filter(|_| self.deflates && !self.fragments.is_open()) {
            self.compressed = Some(kind.is_text);
            let first = [head.first_of_binary()];
            self.input = [&first, &self.input[1..]].concat().into();
        }
    }

    fn other(&mut self) -> Option<Piece> {
        let State::Other(left) = &mut self.state else {
            return None;
        };
        let here = usize::try_from(*left).unwrap_or(usize::MAX);
        let piece = self.input.split_to(here.min(self.input.len()));
        *left -= piece.len() as u64;
        if *left == 0 {
            self.state = State::Head;
        }
        (!piece.is_empty()).then_some(Piece::Other(piece))
    }

    /// Reads more. Ready with the number of bytes, which is 0 at the end.
    pub(super) fn poll_read<S>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>>
    where
        S: AsyncRead + Unpin,
    {
        match &mut self.state {
            State::Message(long) => long.poll_read(stream, cx),
            State::Head | State::Other(_) => self.poll_read_many(stream, cx),
        }
    }

    fn poll_read_many<S>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<usize>>
    where
        S: AsyncRead + Unpin,
    {
        read::poll_read(stream, cx, |read| {
            // A message that is kept may keep twice the bytes of a read alive, with those of a frame that the read before it did not
            // bring whole.
            self.input = if self.input.is_empty() {
                Bytes::copy_from_slice(read)
            } else {
                [&self.input[..], read].concat().into()
            };
        })
    }
}

impl Long {
    fn poll_read<S>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<usize>>
    where
        S: AsyncRead + Unpin,
    {
        if self.content.len() == self.content.capacity() {
            let room = self.content.len().max(GROWTH);
            self.content.reserve_exact(room.min(self.missing));
        }
        let mut room = (&mut self.content).limit(self.missing);
        let read = ready!(pin!(stream.read_buf(&mut room)).poll(cx))?;
        self.missing -= read;
        Poll::Ready(Ok(read))
    }
}

fn piece(kind: Kind, content: Bytes) -> Result<Piece, TransportError> {
    match kind {
        Kind {
            is_compressed: true,
            is_text,
        } => Ok(Piece::Compressed(is_text, content)),
        Kind { is_text: true, .. } => text(content).map(Piece::Text),
        Kind { .. } => Ok(Piece::Binary(content)),
    }
}

/// Checks that a text message is UTF-8.
pub(super) fn text(content: Bytes) -> Result<Utf8Bytes, TransportError> {
    match Utf8Bytes::try_from(content) {
        Ok(text) => Ok(text),
        // With tungstenite's words, which has the same rule.
        Err(error) => Err(TransportError::WebSocket(WsError::from(error).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_head_that_promises_much_takes_little_memory() {
        let promised = 1_u64 << 30;
        let mut head = vec![0x82, 127];
        head.extend_from_slice(&promised.to_be_bytes());
        let mut reader = FrameReader::new(head.into(), usize::MAX);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(reader.next().unwrap().is_none());
        let content = vec![7; 1_000_000];
        let mut stream = &content[..];
        while !stream.is_empty() {
            assert!(reader.poll_read(&mut stream, &mut cx).is_ready());
            assert!(reader.next().unwrap().is_none());
        }
        let State::Message(long) = &reader.state else {
            panic!("{:?}", reader.state)
        };
        assert_eq!(long.content, content);
        assert!(long.content.capacity() <= 2 * content.len());
    }
}
