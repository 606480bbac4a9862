//! A payload that counts its live instances, so that a test can detect a leak.

use std::fmt;
use std::rc::Rc;

use tidewire_core::Payload;

/// Creates payloads and counts the live ones.
#[derive(Default)]
pub(crate) struct PayloadCounter(Rc<()>);

/// Bytes whose head may have been stripped.
pub(crate) struct CountedPayload {
    bytes: Rc<[u8]>,
    from: usize,
    live: Rc<()>,
}

impl PayloadCounter {
    /// Creates a payload.
    pub(crate) fn payload(&self, bytes: impl AsRef<[u8]>) -> CountedPayload {
        CountedPayload {
            bytes: bytes.as_ref().into(),
            from: 0,
            live: self.0.clone(),
        }
    }

    /// Returns the number of live payloads.
    pub(crate) fn live(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }
}

impl CountedPayload {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl Payload for CountedPayload {
    fn size(&self) -> usize {
        self.bytes().len()
    }

    fn strip_head(mut self, head: &[u8]) -> Self {
        assert!(
            self.bytes().starts_with(head),
            "strips a head that is not there"
        );
        self.from += head.len();
        self
    }

    fn clone_ref(&self) -> Self {
        CountedPayload {
            bytes: self.bytes.clone(),
            from: self.from,
            live: self.live.clone(),
        }
    }
}

impl fmt::Debug for CountedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text().chars().take(80).collect();
        write!(f, "{shown}")
    }
}
