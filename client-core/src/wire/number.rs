//! Numbers as JavaScript's `Number(text)` reads them, for that is how the official parsers read counts, ids and lengths.

/// A non-negative whole number, or `None` for anything else. Saturates at `u64::MAX`; infinity is not a number here.
///
/// White space around is allowed and nothing at all is 0, as are `01`, `1.0`, `1e1`, `10e-1`, `0x1`, `0b1` and `0o1`. Exact
/// where JavaScript would round: its numbers have 53 bits, and end at 2^1024.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Some(0);
    }
    match text.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => radix_number(digits, 16),
        [b'0', b'o' | b'O', digits @ ..] => radix_number(digits, 8),
        [b'0', b'b' | b'B', digits @ ..] => radix_number(digits, 2),
        [b'-', rest @ ..] => decimal(rest).filter(|value| *value == 0),
        [b'+', rest @ ..] => decimal(rest),
        rest => decimal(rest),
    }
}

/// White space as `Number()` skips it (ECMA-262, WhiteSpace and LineTerminator).
pub(crate) fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// More digits than that before the point are infinity.
const DIGITS_MAX: i64 = 309;

/// Digits with a point among them, perhaps, and an exponent, perhaps.
fn decimal(bytes: &[u8]) -> Option<u64> {
    let (mantissa, exponent) = match bytes.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&bytes[..at], exponent(&bytes[at + 1..])?),
        None => (bytes, 0),
    };
    let (whole, fraction) = match mantissa.iter().position(|b| *b == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    scaled(
        whole.iter().chain(fraction),
        exponent.saturating_add(whole.len() as i64),
    )
}

/// The number whose digits these are, the first `point` of them before the point.
fn scaled<'a>(digits: impl Iterator<Item = &'a u8>, point: i64) -> Option<u64> {
    let (mut value, mut left) = (0u64, point);
    for digit in digits {
        let digit = (*digit as char).to_digit(10)?;
        if value == 0 && digit > 0 && left > DIGITS_MAX || left <= 0 && digit > 0 {
            return None;
        }
        if left > 0 {
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
        }
        left = left.saturating_sub(1);
    }
    // More zeros than that change nothing: it is saturated by then.
    Some((0..left.min(20)).fold(value, |value, _| value.saturating_mul(10)))
}

fn exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let value = i64::try_from(radix_number(digits, 10)?).unwrap_or(i64::MAX);
    Some(if negative { -value } else { value })
}

fn radix_number(bytes: &[u8], radix: u32) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |value, byte| {
        let digit = (*byte as char).to_digit(radix)?;
        Some(
            value
                .saturating_mul(u64::from(radix))
                .saturating_add(u64::from(digit)),
        )
    })
}

/// Appends `value` in decimal (`format!` costs kilobytes of wasm).
pub(crate) fn write(out: &mut alloc::vec::Vec<u8>, value: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_what_javascript_reads() {
        let whole = [
            ("", 0),
            (" \u{feff}\n", 0),
            ("007", 7),
            (" 12 ", 12),
            ("+5", 5),
            ("-0", 0),
            ("-0.0e3", 0),
            ("2.", 2),
            ("2.0", 2),
            ("1e1", 10),
            ("1E+1", 10),
            ("1.5e1", 15),
            (".5e1", 5),
            ("10e-1", 1),
            ("00100e-2", 1),
            ("0e99999999999999999999", 0),
            ("0x1f", 31),
            ("0B11", 3),
            ("0o17", 15),
            ("99999999999999999999", u64::MAX),
            ("1e300", u64::MAX),
        ];
        for (text, value) in whole {
            assert_eq!(parse(text), Some(value), "{text:?}");
        }
        for text in [
            "-1",
            "1.5",
            "1e-1",
            "15e-1",
            "1e",
            "1e+",
            ".",
            "-",
            "+",
            "e1",
            "1 2",
            "1_0",
            "0x",
            "-0x1",
            "0x1.0",
            "NaN",
            "Infinity",
            "1e400",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "\u{85}1",
            "１",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
