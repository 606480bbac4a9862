//! The start of a text from the server, for errors: bounded, and in one line.

use std::fmt::{self, Write};

/// The bytes that an error keeps or shows of a text from the server.
const LIMIT: usize = 200;

/// The first bytes of a text that may not be UTF-8.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(&bytes[..bytes.len().min(LIMIT)]).into_owned();
    // An invalid byte has become three.
    text.truncate(text.floor_char_boundary(LIMIT));
    text
}

/// Shows the start of a text, and its length if that is not all. A control character is shown as a space.
pub(super) struct Excerpt<'a>(pub(super) &'a str);

/// The start of a text from the server, as [`Excerpt`] shows it.
#[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
pub(crate) fn shown(text: &str) -> String {
    Excerpt(text).to_string()
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.floor_char_boundary(LIMIT)];
        for sign in shown.chars() {
            f.write_char(if is_unsafe(sign) { ' ' } else { sign })?;
        }
        if shown.len() < self.0.len() {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// Whether a character controls a terminal, ends a line, or turns the direction of the text.
fn is_unsafe(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_has_its_length() {
        let long = "é".repeat(100_000);
        let shown = Excerpt(&long).to_string();
        assert_eq!(shown, format!("{}... (200000 bytes)", "é".repeat(100)));
        assert_eq!(Excerpt("short").to_string(), "short");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(Excerpt("a\u{1b}[2J\nb").to_string(), "a [2J b");
        assert_eq!(
            Excerpt("a\u{202e}b\u{2028}c\u{2067}d").to_string(),
            "a b c d"
        );
    }
}
