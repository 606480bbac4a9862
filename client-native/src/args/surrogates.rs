//! Replaces lone surrogates, which JavaScript strings may have and Rust strings may not, while they are escaped.

/// Returns a copy with U+FFFD for each lone surrogate, or `None` if there are none. The length does not change.
pub(super) fn replaced(text: &str) -> Option<String> {
    let json = text.as_bytes();
    let mut copy: Option<String> = None;
    let mut at = 0;
    while let Some(found) = json[at..].iter().position(|&b| b == b'\\') {
        at += found;
        at += match (escaped(json, at), escaped(json, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                let copy = copy.get_or_insert_with(|| text.to_owned());
                copy.replace_range(at..at + 6, r"\ufffd");
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        if at >= json.len() {
            break;
        }
    }
    copy
}

/// The code unit of the `\uXXXX` at `at`.
fn escaped(json: &[u8], at: usize) -> Option<u32> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, &digit| {
        Some(unit * 16 + char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn replaces_lone_surrogates_alone() {
        assert_eq!(replaced(r#""\ud800""#).as_deref(), Some(r#""\ufffd""#));
        assert_eq!(
            replaced(r#""\udc00x\uD83D\uDE00""#).as_deref(),
            Some(r#""\ufffdx\uD83D\uDE00""#)
        );
        let halves = replaced(r#""\ud83d\ud83d\ude00\ude00""#);
        assert_eq!(halves.as_deref(), Some(r#""\ufffd\ud83d\ude00\ufffd""#));
        for fine in [
            r#""\\ud800""#,
            r#""\ud83d\ude00""#,
            r#""\u20ac""#,
            r"\",
            r"\u",
            r"\ud80",
            "",
        ] {
            assert_eq!(replaced(fine), None, "{fine}");
        }
    }
}
