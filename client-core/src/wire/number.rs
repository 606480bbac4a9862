//! Numbers as JavaScript's `Number(text)` reads them, for that is how the official parsers read counts, ids and lengths.

/// A non-negative whole number, or `None` for anything else. Saturates at `u64::MAX`.
///
/// White space around is allowed and nothing at all is 0, as are `01`, `1.0`, `1e1`, `0x1`, `0b1` and `0o1`.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Some(0);
    }
    let bytes = text.as_bytes();
    if let [b'0', radix, digits @ ..] = bytes {
        match radix {
            b'x' | b'X' => return radix_number(digits, 16),
            b'o' | b'O' => return radix_number(digits, 8),
            b'b' | b'B' => return radix_number(digits, 2),
            _ => {}
        }
    }
    decimal(bytes)
}

/// Decimal digits alone, saturating: what a counter on the wire looks like.
pub(crate) fn digits(bytes: &[u8]) -> Option<u64> {
    radix_number(bytes, 10)
}

/// White space as `Number()` skips it (ECMA-262, WhiteSpace and LineTerminator).
pub(crate) fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

fn decimal(bytes: &[u8]) -> Option<u64> {
    let (mantissa, exponent) = match bytes.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&bytes[..at], exponent(&bytes[at + 1..])?),
        None => (bytes, 0),
    };
    let mantissa = mantissa.strip_prefix(b"+").unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.iter().position(|b| *b == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    // A fraction other than zero is not a whole number (and one that an exponent would make whole, nobody sends).
    if fraction.iter().any(|b| *b != b'0') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let value = if whole.is_empty() { 0 } else { digits(whole)? };
    Some((0..exponent.min(20)).fold(value, |value, _| value.saturating_mul(10)))
}

fn exponent(bytes: &[u8]) -> Option<u64> {
    digits(bytes.strip_prefix(b"+").unwrap_or(bytes))
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
