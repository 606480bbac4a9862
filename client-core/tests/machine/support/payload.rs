//! A payload that counts its live instances, so that a test can tell whether one leaked.

use std::fmt;
use std::rc::Rc;

use tidewire_core::Payload;

/// Counts the payloads made from it that are still alive.
#[derive(Default)]
pub(crate) struct Ledger(Rc<()>);

/// Some bytes, of which the first may have been cut off.
pub(crate) struct Load {
    bytes: Rc<[u8]>,
    from: usize,
    live: Rc<()>,
}

impl Ledger {
    pub(crate) fn load(&self, bytes: impl AsRef<[u8]>) -> Load {
        Load {
            bytes: bytes.as_ref().into(),
            from: 0,
            live: self.0.clone(),
        }
    }

    pub(crate) fn live(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }
}

impl Load {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl Payload for Load {
    fn size(&self) -> usize {
        self.bytes().len()
    }

    fn strip_head(mut self, head: &[u8]) -> Self {
        assert!(self.bytes().starts_with(head), "cuts what is not its front");
        self.from += head.len();
        self
    }

    fn clone_ref(&self) -> Self {
        Load {
            bytes: self.bytes.clone(),
            from: self.from,
            live: self.live.clone(),
        }
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text().chars().take(80).collect();
        write!(f, "{shown}")
    }
}
