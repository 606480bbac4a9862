//! Text from the server, which is checked once to be UTF-8: where it comes in.

#[cfg(target_family = "wasm")]
mod utf8_bytes;

use bytes::Bytes;
use tidewire_core::Payload;
#[cfg(not(target_family = "wasm"))]
use tungstenite::Utf8Bytes;

#[cfg(target_family = "wasm")]
use self::utf8_bytes::Utf8Bytes;

/// Text in shared memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Text {
    whole: Utf8Bytes,
    /// Where the text begins in `whole`: an offset, because a slice of `whole` would have to be checked again.
    start: usize,
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        self.whole.as_str().get(self.start..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.whole.as_str().len() - self.start
    }

    /// Returns the text as the machine reads it, which leaves the memory to the host.
    pub(crate) fn view(&self) -> View<'_> {
        View(self.as_str())
    }

    /// The last `size` bytes, as a [`View`] of them has.
    pub(crate) fn last(self, size: usize) -> Text {
        let skipped = self.len().saturating_sub(size);
        Text {
            start: self.start + skipped,
            ..self
        }
    }

    /// Moves the text to memory of its own.
    pub(crate) fn shrink(&mut self) {
        *self = Utf8Bytes::from(self.as_str()).into();
    }
}

impl From<Utf8Bytes> for Text {
    fn from(whole: Utf8Bytes) -> Text {
        Text { whole, start: 0 }
    }
}

/// Checks the bytes. Those that are not UTF-8 become U+FFFD, as in a browser.
impl From<Bytes> for Text {
    fn from(bytes: Bytes) -> Text {
        let whole = Utf8Bytes::try_from(bytes.clone());
        whole
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
            .into()
    }
}

#[cfg(target_family = "wasm")]
impl From<String> for Text {
    fn from(text: String) -> Text {
        Utf8Bytes::from(text).into()
    }
}

impl From<Text> for Bytes {
    fn from(text: Text) -> Bytes {
        Bytes::from(text.whole).split_off(text.start)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A text that the machine may strip of its head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a>(&'a str);

impl Payload for View<'_> {
    fn size(&self) -> usize {
        self.0.len()
    }

    fn strip_head(self, head: &[u8]) -> Self {
        View(self.0.get(head.len()..).unwrap_or_default())
    }

    fn clone_ref(&self) -> Self {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_its_head_shares_the_memory() {
        let text = Text::from(Bytes::from("42[\"é\"]"));
        let whole = text.as_str().as_ptr();
        let view = text.view().strip_head(b"42");
        let (size, rest) = (view.size(), text.clone().last(view.size()));
        assert_eq!((rest.as_str(), rest.len()), ("[\"é\"]", size));
        let view = rest.view().strip_head(b"[\"");
        let rest = rest.clone().last(view.size());
        assert_eq!(rest.as_str(), "é\"]");
        let bytes = Bytes::from(rest);
        assert_eq!(bytes, "é\"]");
        assert_eq!(bytes.as_ptr(), whole.wrapping_add("42[\"".len()));
    }

    #[test]
    fn a_head_that_is_no_head_leaves_nothing() {
        let text = Text::from(Bytes::from_static("é".as_bytes()));
        for head in [&b"x"[..], b"xxx"] {
            assert_eq!(text.view().strip_head(head).size(), 0);
        }
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let text = Text::from(Bytes::from_static(b"[\"a\xff\xe2\x82\"]"));
        assert_eq!(text.as_str(), "[\"a\u{fffd}\u{fffd}\"]");
    }
}
