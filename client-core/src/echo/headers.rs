//! The headers with which the server asks Laravel whether a client may join.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

use serde::Serialize;

/// Headers of the request that laravel-echo-server sends to Laravel.
///
/// ```
/// use tidewire_core::echo::Headers;
///
/// let mut headers = Headers::new();
/// headers.insert("Authorization", "Bearer abc")?;
/// assert!(headers.insert("X-Note", "two\r\nlines").is_err());
/// # Ok::<(), tidewire_core::echo::InvalidHeader>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Headers(BTreeMap<String, String>);

/// HTTP does not allow the name or the value of this header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidHeader {
    /// The name.
    pub name: String,
}

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Headers(BTreeMap::new())
    }

    /// Adds a header, or replaces that of the same name.
    ///
    /// # Errors
    /// If HTTP does not allow the name or the value. Such a header could end the server, which does not check it.
    pub fn insert(
        &mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), InvalidHeader> {
        let (name, value) = (name.into(), value.into());
        if name.is_empty() || !name.bytes().all(is_token) || !value.chars().all(is_value) {
            return Err(InvalidHeader { name });
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// Adds the headers of another list, which replace those of the same names.
    pub fn extend(&mut self, others: Headers) {
        self.0.extend(others.0);
    }
}

/// A character of a header's name (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A character of a header's value, as Node allows it.
fn is_value(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{80}'..='\u{ff}')
}

impl fmt::Debug for Headers {
    /// The names only, because logs must not contain tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        write!(
            f,
            "HTTP does not allow the name or value of the header {name:?}"
        )
    }
}

impl core::error::Error for InvalidHeader {}
