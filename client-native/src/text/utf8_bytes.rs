//! Shared text, for targets without tungstenite, which has a type of this name.

use std::sync::Arc;

use bytes::Bytes;

/// Text in shared memory.
#[derive(Clone)]
pub(super) struct Utf8Bytes(Arc<String>);

impl Utf8Bytes {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Utf8Bytes {
    fn from(text: String) -> Utf8Bytes {
        Utf8Bytes(Arc::new(text))
    }
}

impl From<&str> for Utf8Bytes {
    fn from(text: &str) -> Utf8Bytes {
        text.to_owned().into()
    }
}

impl TryFrom<Bytes> for Utf8Bytes {
    type Error = std::string::FromUtf8Error;

    fn try_from(bytes: Bytes) -> Result<Utf8Bytes, Self::Error> {
        String::from_utf8(bytes.into()).map(Utf8Bytes::from)
    }
}

impl AsRef<[u8]> for Utf8Bytes {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<Utf8Bytes> for Bytes {
    fn from(text: Utf8Bytes) -> Bytes {
        Bytes::from_owner(text)
    }
}
