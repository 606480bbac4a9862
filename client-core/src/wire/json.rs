//! The little JSON the machine reads itself: the members of the session objects in the open and CONNECT packets.
//!
//! It reads what well-formed servers send and answers `None` to anything else; payloads are never read here.

use alloc::string::String;
use alloc::vec::Vec;

/// The raw value of a member of the object that `text` begins with.
pub(crate) fn member<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text.trim_start().strip_prefix('{')?.trim_start();
    loop {
        let (name, after) = split_value(rest)?;
        let (value, after) = split_value(after.trim_start().strip_prefix(':')?.trim_start())?;
        let after = after.trim_start();
        if string(name).as_deref() == Some(key) {
            // A value that nothing follows has been cut off.
            return after.starts_with([',', '}']).then_some(value);
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

/// The text of a JSON string, escapes resolved; a lone surrogate becomes U+FFFD.
pub(crate) fn string(raw: &str) -> Option<String> {
    unescape(raw.strip_prefix('"')?.strip_suffix('"')?)
}

fn unescape(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { escape(&mut chars)? } else { c });
    }
    Some(text)
}

/// Whether `text` begins with a JSON string, escapes resolved, that is `value` (which has no quote in it).
pub(crate) fn begins_with_string(text: &str, value: &str) -> bool {
    let Some(rest) = text.strip_prefix('"') else {
        return false;
    };
    let mut chars = rest.chars();
    value.chars().all(|wanted| {
        let found = match chars.next() {
            Some('\\') => escape(&mut chars),
            found => found,
        };
        found == Some(wanted)
    }) && chars.next() == Some('"')
}

/// Whether an array of strings holds `item`.
pub(crate) fn array_has(raw: &str, item: &str) -> bool {
    let Some(mut rest) = raw.strip_prefix('[').map(str::trim_start) else {
        return false;
    };
    while let Some((value, after)) = split_value(rest) {
        if string(value).as_deref() == Some(item) {
            return true;
        }
        let Some(next) = after.trim_start().strip_prefix(',') else {
            return false;
        };
        rest = next.trim_start();
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

/// The string that ends an array whose end is `tail`: `…,"text"]`. `None` if it ends in something else, or the string begins
/// before `tail` does.
pub(crate) fn last_string(tail: &str) -> Option<String> {
    let inside = tail
        .trim_end()
        .strip_suffix(']')?
        .trim_end()
        .strip_suffix('"')?;
    let mut search = inside;
    loop {
        let open = search.rfind('"')?;
        let backslashes = inside[..open]
            .bytes()
            .rev()
            .take_while(|b| *b == b'\\')
            .count();
        if backslashes % 2 == 0 {
            // What stands before a string inside an array.
            let before = inside[..open].trim_end();
            return before
                .ends_with([',', '['])
                .then(|| unescape(&inside[open + 1..]))?;
        }
        search = &inside[..open];
    }
}

fn escape(chars: &mut core::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(chars),
        c => c,
    })
}

fn unicode(chars: &mut core::str::Chars<'_>) -> Option<char> {
    let first = hex4(chars)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut ahead = chars.clone();
    if ahead.next() == Some('\\')
        && ahead.next() == Some('u')
        && let Some(second @ 0xdc00..=0xdfff) = hex4(&mut ahead)
    {
        *chars = ahead;
        return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
    }
    Some(char::REPLACEMENT_CHARACTER)
}

fn hex4(chars: &mut core::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |value, _| Some(value * 16 + chars.next()?.to_digit(16)?))
}

/// Splits after the JSON value at the front of `text`. Depth is counted, not recursed.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut depth = 0u32;
    loop {
        match *bytes.get(at)? {
            b'"' => at = after_string(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            _ => at = after_scalar(bytes, at),
        }
        if depth == 0 {
            return Some(text.split_at(at));
        }
    }
}

fn after_string(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn after_scalar(bytes: &[u8], from: usize) -> usize {
    let ends = |b: &u8| matches!(b, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
    bytes[from..]
        .iter()
        .position(ends)
        .map_or(bytes.len(), |n| from + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_members_among_others() {
        let text = r#"{"upgrades":["a,b",{"sid":1}], "x\"y" : {"sid":"no"} ,"sid": "yes\u00e9\ud83d\ude00" }tail"#;
        assert_eq!(
            member(text, "sid").and_then(string).as_deref(),
            Some("yesé😀")
        );
        assert_eq!(member(text, "pid"), None);
        assert!(array_has(member(text, "upgrades").unwrap(), "a,b"));
        assert!(!array_has("[]", "websocket") && !array_has("[\"a\"", "websocket"));
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
            assert_eq!(last_string(tail).as_deref(), found, "{tail}");
        }
    }

    #[test]
    fn writes_strings() {
        let mut out = Vec::new();
        write_string(&mut out, "a\"\\\n€");
        assert_eq!(out, "\"a\\\"\\\\\\u000a€\"".as_bytes());
    }

    #[test]
    fn refuses_what_is_cut_or_crooked() {
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
            assert_eq!(member(text, "sid").and_then(string), None, "{text}");
        }
    }
}
