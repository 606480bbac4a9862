//! Frames as the machine reads them: a payload, beside the parts of its bytes that it must be shown.

use tidewire_core::{Frame, HEAD_LIMIT, TAIL_LIMIT};

/// A text packet, of these bytes.
pub(crate) fn text<P>(bytes: &[u8], payload: P) -> Frame<'_, P> {
    let tail = &bytes[bytes.len().saturating_sub(TAIL_LIMIT)..];
    Frame::text(head(bytes), payload).with_tail(tail)
}

/// A binary packet, of these bytes.
pub(crate) fn binary<P>(bytes: &[u8], payload: P) -> Frame<'_, P> {
    Frame::binary(head(bytes), payload)
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(HEAD_LIMIT)]
}
