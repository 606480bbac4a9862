//! The name in front of an event's arguments, read without parsing what follows.

use std::borrow::Cow;

use super::surrogates;

/// An event's name, and where its arguments begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// The name without escapes; borrowed from the payload if it has none. A number gives its text.
    pub(crate) text: Cow<'a, str>,
    /// The offset of the comma or the bracket after the name.
    pub(crate) rest: usize,
}

/// The name of an event, or `None` if the payload does not begin as an event does.
pub(crate) fn event_name(payload: &str) -> Option<Name<'_>> {
    if let Some(text) = plain_name(payload) {
        return Some(Name {
            text: text.into(),
            rest: BEFORE_NAME.len() + text.len() + 1,
        });
    }
    let bytes = payload.as_bytes();
    let open = skip_space(bytes, 0);
    let start = skip_space(bytes, open + 1);
    let (text, end) = match (bytes.get(open)?, bytes.get(start)?) {
        (b'[', b'"') => string(payload, start)?,
        (b'[', b'-' | b'0'..=b'9') => number(payload, start)?,
        _ => return None,
    };
    let rest = skip_space(bytes, end);
    matches!(bytes.get(rest), Some(b',' | b']')).then_some(Name { text, rest })
}

/// The front of most payloads.
const BEFORE_NAME: &str = "[\"";

/// The name of an event that is written without escapes, and without spaces around it, as most are.
pub(crate) fn plain_name(payload: &str) -> Option<&str> {
    let rest = payload.strip_prefix(BEFORE_NAME)?;
    let is_end = |byte: u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    let end = rest.bytes().position(is_end)?;
    match rest.as_bytes().get(end..)? {
        [b'"', b',' | b']', ..] => rest.get(..end),
        _ => None,
    }
}

/// The name of an event as a `String`; empty if the payload does not begin as an event does.
pub(crate) fn event_name_or_empty(payload: &str) -> String {
    event_name(payload).map_or_else(String::new, |name| name.text.into_owned())
}

/// Whether an event has this name.
pub(crate) fn is_event_name(payload: &str, name: &str) -> bool {
    // Most names differ in the first byte, unless that begins an escape.
    if let [b'[', b'"', first, ..] = payload.as_bytes()
        && *first != b'\\'
        && name.as_bytes().first() != Some(first)
    {
        return false;
    }
    event_name(payload).is_some_and(|own| own.text == name)
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let space = |b: &&u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    from + bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(space)
        .count()
}

/// The string whose opening quote is at `open`, and where it ends.
fn string(payload: &str, open: usize) -> Option<(Cow<'_, str>, usize)> {
    let bytes = payload.as_bytes();
    let len = bytes
        .get(open + 1..)?
        .iter()
        .position(|&b| b == b'"' || b == b'\\' || b < b' ')?;
    let mut end = open + 1 + len;
    if bytes[end] == b'"' {
        return Some((payload.get(open + 1..end)?.into(), end + 1));
    }
    while *bytes.get(end)? != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    let raw = payload.get(open..=end)?;
    let fixed = surrogates::replaced(raw);
    let text: String = serde_json::from_str(fixed.as_deref().unwrap_or(raw)).ok()?;
    Some((text.into(), end + 1))
}

/// The number that begins at `start`, and where it ends.
fn number(payload: &str, start: usize) -> Option<(Cow<'_, str>, usize)> {
    let digit = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let rest = payload.get(start..)?;
    let end = rest.bytes().take_while(digit).count();
    let raw = rest.get(..end)?;
    serde_json::from_str::<serde_json::Number>(raw).ok()?;
    Some((raw.into(), start + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(payload: &str) -> Option<(String, &str)> {
        event_name(payload).map(|name| (name.text.into_owned(), &payload[name.rest..]))
    }

    #[test]
    fn reads_names() {
        for (payload, text, rest) in [
            (r#"["a"]"#, "a", "]"),
            (r#" [ "a" , 1 ]"#, "a", ", 1 ]"),
            (r#"["","x"]"#, "", r#","x"]"#),
            (r#"["é😀",1]"#, "é😀", ",1]"),
            (r#"["\"\\\n\u20ac\ud83d\ude00",1]"#, "\"\\\n€😀", ",1]"),
            (r#"["a\ud800b"]"#, "a\u{fffd}b", "]"),
            ("[1]", "1", "]"),
            ("[-1.5e3 ,2]", "-1.5e3", ",2]"),
        ] {
            assert_eq!(name(payload), Some((text.to_owned(), rest)), "{payload}");
        }
        assert!(matches!(
            event_name(r#"["a"]"#),
            Some(Name {
                text: Cow::Borrowed("a"),
                ..
            })
        ));
    }

    #[test]
    fn compares_names_however_they_are_written() {
        for payload in [r#"["/a#1",2]"#, r#" [ "/a#1" ]"#, r#"["\/a\u00231"]"#] {
            assert!(is_event_name(payload, "/a#1"), "{payload}");
            for other in ["/a#12", "/a", "a#1", "x"] {
                assert!(!is_event_name(payload, other), "{payload}");
            }
        }
        assert!(!is_event_name("[]", "/a#1"));
    }

    #[test]
    fn refuses_payloads_that_are_not_events() {
        for payload in [
            "",
            "[",
            "[]",
            "{}",
            r#""a""#,
            "[true]",
            r#"[["a"]]"#,
            r#"["a"#,
            r#"["a""#,
            r#"["a"x"#,
            "[1x]",
            "[1.]",
            "[-]",
            "[01]",
            r#"["\x"]"#,
            "[\"\\",
            "[\"a\u{1}\"]",
            "[\"\\n\u{1}\"]",
            "[null]",
        ] {
            assert_eq!(name(payload), None, "{payload}");
        }
    }
}
