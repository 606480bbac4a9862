//! What the machine carries and never reads.

/// A text or binary payload that belongs to the host: bytes natively, a slot of JavaScript's in a browser.
///
/// The machine moves a payload, cuts a header off its front, or drops it. It never copies the content, and never looks
/// into it: of a packet it reads only the head the host shows beside the payload (see [`Frame`]).
pub trait Payload: Sized {
    /// Size in bytes: of the UTF-8 form for text.
    fn size(&self) -> usize;

    /// The payload without its first bytes, which were `head`.
    ///
    /// `head` is what the machine has read, so that a host whose strings are not UTF-8 can count in its own units.
    #[must_use]
    fn strip_head(self, head: &[u8]) -> Self;

    /// Another handle to the same content, by count and never by copy.
    #[must_use]
    fn clone_ref(&self) -> Self;
}

/// How many bytes of a packet's front a host must show (or the whole packet if it is shorter).
///
/// A Socket.IO header (type, attachment count, namespace, ack id) and the session objects of the open and CONNECT packets
/// must fit; a longer one is answered as a malformed packet.
pub const HEAD_LIMIT: usize = 512;

/// One packet from the peer: a WebSocket frame, or one packet of a polling payload.
#[derive(Debug)]
pub struct Frame<'a, P> {
    /// Whether it came as text or as binary.
    pub kind: FrameKind,
    /// The first [`HEAD_LIMIT`] bytes of the packet (in UTF-8 for text), or all of it if it is shorter.
    pub head: &'a [u8],
    /// The whole packet, head included.
    pub payload: P,
    /// The last bytes of a text packet, up to [`TAIL_LIMIT`], or none: without them a lost session cannot be recovered.
    pub tail: &'a [u8],
}

/// How many bytes of a packet's end the machine looks at: for the offset of connection state recovery.
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
    /// A text packet; `head` is its beginning in UTF-8, see [`HEAD_LIMIT`].
    pub fn text(head: &'a [u8], payload: P) -> Self {
        Frame {
            kind: FrameKind::Text,
            head,
            payload,
            tail: &[],
        }
    }

    /// The same with the last bytes of the packet, see [`TAIL_LIMIT`].
    #[must_use]
    pub fn with_tail(self, tail: &'a [u8]) -> Self {
        Frame { tail, ..self }
    }

    /// A binary packet; `head` is its beginning.
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
