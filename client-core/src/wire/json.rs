//! The JSON that the machine reads itself: members of the objects in the open and CONNECT packets, the name of an event,
//! and the string at its end.
//!
//! It reads well-formed JSON and returns `None` for anything else. It works on bytes, because JSON's own characters are ASCII
//! and the code is a third of the size in wasm.

use alloc::string::String;
use alloc::vec::Vec;

use super::utf8;

/// Returns the raw value of a member of the object that `text` begins with.
pub(crate) fn member<'a>(text: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut rest = strip_leading(text, b'{')?;
    loop {
        let (name, behind) = split_value(rest)?;
        let (value, behind) = split_value(strip_leading(behind, b':')?)?;
        if string(name).as_deref() == Some(key) {
            // A value at the end of `text` may have been cut off.
            return matches!(trim_blanks(behind).first(), Some(b',' | b'}')).then_some(value);
        }
        rest = strip_leading(behind, b',')?;
    }
}

/// Returns the text of a JSON string, with escapes resolved; a lone surrogate becomes U+FFFD.
pub(crate) fn string(raw: &[u8]) -> Option<String> {
    let mut text = Vec::new();
    unescape(raw.strip_prefix(b"\"")?, &mut |byte| text.push(byte))?;
    utf8(&text).map(Into::into)
}

/// Passes the bytes of a string to `take`, up to the closing quote, with escapes resolved.
pub(crate) fn unescape(mut text: &[u8], take: &mut dyn FnMut(u8)) -> Option<()> {
    loop {
        let (byte, rest) = text.split_first()?;
        text = rest;
        match byte {
            b'"' => return Some(()),
            b'\\' => escape(&mut text)?
                .encode_utf8(&mut [0; 4])
                .bytes()
                .for_each(&mut *take),
            byte => take(*byte),
        }
    }
}

/// Returns whether an array of strings holds `item`.
pub(crate) fn array_has(raw: &[u8], item: &str) -> bool {
    let mut rest = strip_leading(raw, b'[');
    while let Some((value, behind)) = rest.and_then(split_value) {
        if string(value).as_deref() == Some(item) {
            return true;
        }
        rest = strip_leading(behind, b',');
    }
    false
}

/// Appends `text` as a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Returns the last string of an array that ends with `tail`: `…,"text"]`.
///
/// `None` if the array ends in something else, or the string begins before `tail`.
pub(crate) fn last_string(tail: &[u8]) -> Option<String> {
    let inside = strip_trailing(strip_trailing(tail, b']')?, b'"')?;
    let mut open = inside.len();
    loop {
        open = inside.get(..open)?.iter().rposition(|b| *b == b'"')?;
        let (front, quoted) = tail.split_at_checked(open)?;
        let backslashes = front.iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes % 2 == 0 {
            // Only `,` or `[` may precede a string inside an array.
            strip_trailing(front, b',').or_else(|| strip_trailing(front, b'['))?;
            return string(quoted);
        }
    }
}

// ---- inside ----

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Returns `text` without leading blanks.
fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let Some((byte, rest)) = text.split_first()
        && is_blank(*byte)
    {
        text = rest;
    }
    text
}

/// Strips a leading `byte` and the blanks around it.
fn strip_leading(text: &[u8], byte: u8) -> Option<&[u8]> {
    let (first, rest) = trim_blanks(text).split_first()?;
    (*first == byte).then(|| trim_blanks(rest))
}

/// Strips a trailing `byte` and the blanks after it.
fn strip_trailing(mut text: &[u8], byte: u8) -> Option<&[u8]> {
    loop {
        let (last, rest) = text.split_last()?;
        if *last == byte {
            return Some(rest);
        }
        if !is_blank(*last) {
            return None;
        }
        text = rest;
    }
}

fn escape(text: &mut &[u8]) -> Option<char> {
    let (byte, rest) = text.split_first()?;
    *text = rest;
    Some(match byte {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        byte if byte.is_ascii() => char::from(*byte),
        _ => return None,
    })
}

fn unicode(text: &mut &[u8]) -> Option<char> {
    let first = hex4(text)?;
    let mut ahead = *text;
    if first & 0xfc00 == 0xd800
        && let Some(rest) = ahead.strip_prefix(b"\\u")
    {
        ahead = rest;
        let second = hex4(&mut ahead)?;
        if second & 0xfc00 == 0xdc00 {
            *text = ahead;
            return char::from_u32(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
        }
    }
    Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn hex4(text: &mut &[u8]) -> Option<u32> {
    let (digits, rest) = text.split_at_checked(4)?;
    *text = rest;
    let hex = |value, digit: &u8| Some(value * 16 + char::from(*digit).to_digit(16)?);
    digits.iter().try_fold(0, hex)
}

/// Splits after the JSON value at the front of `text`. Depth is counted, not recursed.
fn split_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    let mut depth = 0u32;
    loop {
        match *text.get(at)? {
            b'"' => at = after_string(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            byte if ends_scalar(byte) => at += 1,
            _ => {
                while text.get(at).is_some_and(|byte| !ends_scalar(*byte)) {
                    at += 1;
                }
            }
        }
        if depth == 0 {
            return text.split_at_checked(at);
        }
    }
}

fn ends_scalar(byte: u8) -> bool {
    matches!(byte, b',' | b':' | b'}' | b']') || is_blank(byte)
}

fn after_string(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_members_among_others() {
        let text = br#"{"upgrades":["a,b",{"sid":1}], "x\"y" : {"sid":"no"} ,"sid": "yes\u00e9\ud83d\ude00" }tail"#;
        assert_eq!(
            member(text, "sid").and_then(string).as_deref(),
            Some("yesé😀")
        );
        assert_eq!(member(text, "pid"), None);
        assert!(array_has(member(text, "upgrades").unwrap(), "a,b"));
        assert!(!array_has(b"[]", "websocket") && !array_has(b"[\"a\"", "websocket"));
    }

    #[test]
    fn finds_the_string_at_the_end() {
        for (tail, found) in [
            (r#"["x",1,"Q7x"]"#, Some("Q7x")),
            (r#"x",{"a":"b"},"o\"k\\"] "#, Some("o\"k\\")),
            (r#"["only"]"#, Some("only")),
            (r#"["x",{"a":"b"}]"#, None),
            (r#"["x",["b"]]"#, None),
            (r#"cut off"]"#, None),
            ("[1]", None),
            ("", None),
        ] {
            assert_eq!(last_string(tail.as_bytes()).as_deref(), found, "{tail}");
        }
    }

    #[test]
    fn writes_strings() {
        let mut out = Vec::new();
        write_string(&mut out, "a\"\\\n€");
        assert_eq!(out, "\"a\\\"\\\\\\u000a€\"".as_bytes());
    }

    #[test]
    fn returns_none_for_cut_or_invalid_json() {
        for text in [
            "",
            "{",
            "{}",
            r#"{"sid"#,
            r#"{"sid":"#,
            r#"{"sid":"x"#,
            r#"["sid"]"#,
            "{,}",
            "}}",
        ] {
            assert_eq!(
                member(text.as_bytes(), "sid").and_then(string),
                None,
                "{text}"
            );
        }
    }
}
