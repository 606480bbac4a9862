//! The little JSON the machine reads itself: the members of the session objects in the open and CONNECT packets.
//!
//! It reads what well-formed servers send and answers `None` to anything else; payloads are never read here.

use alloc::string::String;

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
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
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
