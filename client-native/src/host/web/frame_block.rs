//! Text messages that go to the WebSocket together.

use bytes::Bytes;

/// Messages, one behind the other. The browser masks and frames them.
#[derive(Debug, Default)]
pub(crate) struct FrameBlock {
    text: String,
    /// Where each message ends.
    ends: Vec<usize>,
}

/// The bytes of a block at which the next message begins a new one.
const FULL: usize = 64 << 10;

impl FrameBlock {
    /// The bytes of all messages.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether a message of `size` bytes has its place in this block.
    pub(crate) fn takes(&self, size: usize) -> bool {
        self.text.is_empty() || self.text.len() + size <= FULL
    }

    /// Appends a message. Its content is UTF-8, in parts.
    pub(crate) fn push_text(&mut self, parts: [&[u8]; 2]) {
        for part in parts {
            self.text.push_str(&String::from_utf8_lossy(part));
        }
        self.ends.push(self.text.len());
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().filter_map(move |&end| {
            let message = self.text.get(start..end);
            start = end;
            message
        })
    }

    /// Takes the messages apart again.
    pub(crate) fn contents(&self) -> impl Iterator<Item = Bytes> {
        self.messages()
            .map(|message| Bytes::copy_from_slice(message.as_bytes()))
    }
}
