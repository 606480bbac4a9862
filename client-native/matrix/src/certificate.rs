//! The hash by which a client knows a certificate. The tests of the crate, natively and in a browser, read it here, too.

/// Reads a SHA-256 from its hexadecimal digits.
pub(crate) fn hash(digits: &str) -> Result<[u8; 32], String> {
    let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "expected 64 hexadecimal digits".to_owned())
}
