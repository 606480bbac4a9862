//! Payloads, which the machine carries and does not read, and the frames that bring them.

/// A text or binary payload that belongs to the host: bytes natively, a JavaScript slot in a browser.
///
/// The machine moves a payload, strips a header off its front, or drops it. It does not copy or read the content: it reads
/// only the head that the host shows beside the payload (see [`Frame`]).
pub trait Payload: Sized {
    /// Returns the size in bytes, for text that of its UTF-8.
    fn size(&self) -> usize;

    /// Returns the payload without its first bytes, which are `head`.
    ///
    /// `head` is given as bytes, so that a host whose strings are not UTF-8 can count it in its own units.
    #[must_use]
    fn strip_head(self, head: &[u8]) -> Self;

    /// Returns another handle to the same content, without copying it (as `Arc::clone`).
    #[must_use]
    fn clone_ref(&self) -> Self;
}

/// How many bytes of a packet's beginning a host must show (or the whole packet if it is shorter).
///
/// A Socket.IO header (type, attachment count, namespace, ack id) and the objects in the open and CONNECT packets must fit. A
/// longer one is a malformed packet.
pub const HEAD_LIMIT: usize = 512;

/// One packet from the server: a WebSocket frame, or one packet of a polling body.
#[derive(Debug)]
pub struct Frame<'a, P> {
    /// Whether the packet is text or binary.
    pub kind: FrameKind,
    /// The first [`HEAD_LIMIT`] bytes of the packet (in UTF-8 for text), or all of it if it is shorter.
    pub head: &'a [u8],
    /// The whole packet, head included.
    pub payload: P,
    /// The last bytes of a text packet, up to [`TAIL_LIMIT`]. Without them a lost session cannot be restored.
    pub tail: &'a [u8],
}

/// How many bytes of a packet's end the machine reads, for the offset of connection state recovery.
pub const TAIL_LIMIT: usize = 128;

/// Whether a frame is text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A text frame.
    Text,
    /// A binary frame.
    Binary,
}

impl<'a, P> Frame<'a, P> {
    /// Creates a text packet; `head` is its beginning in UTF-8, see [`HEAD_LIMIT`].
    pub fn text(head: &'a [u8], payload: P) -> Self {
        Frame {
            kind: FrameKind::Text,
            head,
            payload,
            tail: &[],
        }
    }

    /// Adds the last bytes of the packet, see [`TAIL_LIMIT`].
    #[must_use]
    pub fn with_tail(self, tail: &'a [u8]) -> Self {
        Frame { tail, ..self }
    }

    /// Creates a binary packet; `head` is its beginning, see [`HEAD_LIMIT`].
    pub fn binary(head: &'a [u8], payload: P) -> Self {
        Frame {
            kind: FrameKind::Binary,
            head,
            payload,
            tail: &[],
        }
    }
}

#[cfg(feature = "bytes")]
impl Payload for bytes::Bytes {
    fn size(&self) -> usize {
        self.len()
    }

    fn strip_head(mut self, head: &[u8]) -> Self {
        bytes::Buf::advance(&mut self, head.len());
        self
    }

    fn clone_ref(&self) -> Self {
        self.clone()
    }
}
