//! Numbers as JavaScript's `Number(text)` reads them, because the official parsers read counts, ids and lengths that way.

/// Reads a non-negative whole number; returns `None` for anything else. Saturates at `u64::MAX`; infinity is `None`.
///
/// Allows white space around, `01`, `1.0`, `1e1`, `10e-1`, `0x1`, `0b1` and `0o1`; the empty text is 0. Exact where
/// JavaScript would round: its numbers have 53 bits, and end at 2^1024.
pub(crate) fn parse(text: &str) -> Option<u64> {
    match trimmed(text).as_bytes() {
        [] => Some(0),
        [b'0', b'x' | b'X', digits @ ..] => radix_number(digits, 16),
        [b'0', b'o' | b'O', digits @ ..] => radix_number(digits, 8),
        [b'0', b'b' | b'B', digits @ ..] => radix_number(digits, 2),
        [b'-', rest @ ..] => decimal(rest).filter(|value| *value == 0),
        [b'+', rest @ ..] => decimal(rest),
        rest => decimal(rest),
    }
}

/// Returns whether `Number()` skips `c` as white space (ECMA-262, WhiteSpace and LineTerminator).
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
        | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

fn trimmed(text: &str) -> &str {
    let mut chars = text.chars();
    let (mut from, mut to) = (text.len(), text.len());
    loop {
        let at = text.len() - chars.as_str().len();
        match chars.next() {
            None => return text.get(from..to).unwrap_or_default(),
            Some(c) if is_space(c) => {}
            Some(_) => {
                from = from.min(at);
                to = text.len() - chars.as_str().len();
            }
        }
    }
}

/// A number with more digits before the point is infinite.
const DIGITS_MAX: i32 = 309;

/// The greatest exponent that matters: a header has fewer digits than this.
const EXPONENT_MAX: u64 = 1 << 20;

/// Reads digits with an optional point and an optional exponent.
fn decimal(bytes: &[u8]) -> Option<u64> {
    let ends = bytes.iter().position(|b| matches!(b, b'e' | b'E'));
    let (mantissa, shift) = match ends {
        Some(at) => (&bytes[..at], exponent(&bytes[at + 1..])?),
        None => (bytes, 0),
    };
    let point = mantissa.iter().position(|b| *b == b'.');
    let whole = point.unwrap_or(mantissa.len());
    if mantissa.len() == usize::from(point.is_some()) {
        return None;
    }
    let (mut value, mut left) = (0, shift + whole as i32);
    for (at, digit) in mantissa.iter().enumerate() {
        if Some(at) == point {
            continue;
        }
        let digit = char::from(*digit).to_digit(10)?;
        if digit > 0 && (left <= 0 || value == 0 && left > DIGITS_MAX) {
            return None;
        }
        if left > 0 {
            value = with_digit(value, 10, digit);
        }
        left -= 1;
    }
    // After 20 zeros the value is saturated.
    Some((0..left.min(20)).fold(value, |value, _| with_digit(value, 10, 0)))
}

fn exponent(bytes: &[u8]) -> Option<i32> {
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    Some(sign * radix_number(digits, 10)?.min(EXPONENT_MAX) as i32)
}

fn radix_number(bytes: &[u8], radix: u32) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    let number = |value, byte: &u8| {
        let digit = char::from(*byte).to_digit(radix)?;
        Some(with_digit(value, radix, digit))
    };
    bytes.iter().try_fold(0, number)
}

/// Appends a digit to a value; saturates. (`u64::saturating_mul` would bring 128-bit arithmetic to wasm.)
fn with_digit(value: u64, radix: u32, digit: u32) -> u64 {
    let (high, low) = (value >> 32, value & 0xffff_ffff);
    let low = low * u64::from(radix) + u64::from(digit);
    let high = high * u64::from(radix) + (low >> 32);
    match high >> 32 {
        0 => high << 32 | low & 0xffff_ffff,
        _ => u64::MAX,
    }
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
    fn reads_numbers_as_javascript_does() {
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
