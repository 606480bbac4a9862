//! The transports by their names, and the certificates of WebTransport.

use tidewire::Transport;

/// The transport with a name, as files and options have it.
///
/// # Errors
/// The text says what was expected, or how to get WebTransport if this build has none.
pub(crate) fn transport(name: &str) -> Result<Transport, String> {
    named(name, cfg!(feature = "webtransport"))
}

fn named(name: &str, has_webtransport: bool) -> Result<Transport, String> {
    match name {
        "websocket" => Ok(Transport::WebSocket),
        "polling" => Ok(Transport::Polling),
        "webtransport" if has_webtransport => Ok(Transport::WebTransport),
        "webtransport" => Err(
            "this build of tidewire-load has no WebTransport: install it with \
             `cargo install --path client-native/load --features webtransport`"
                .into(),
        ),
        _ => Err("expected `websocket`, `polling` or `webtransport`".into()),
    }
}

/// The SHA-256 hash of a certificate: 64 hexadecimal digits, also with a colon between bytes, as openssl writes it.
///
/// # Errors
/// The text says what was expected.
pub(crate) fn certificate_hash(text: &str) -> Result<[u8; 32], String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|it| *it != ':')
        .map(|it| u8::try_from(it.to_digit(16)?).ok())
        .collect();
    let byte = |digits: &[u8]| digits.iter().fold(0, |byte, digit| byte << 4 | digit);
    digits
        .filter(|digits| digits.len() == 64)
        .and_then(|digits| {
            digits
                .chunks(2)
                .map(byte)
                .collect::<Vec<u8>>()
                .try_into()
                .ok()
        })
        .ok_or_else(|| {
            format!("`{text}` is not the SHA-256 of a certificate: expected 64 hexadecimal digits")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_webtransport_says_how_to_get_it() {
        assert_eq!(named("webtransport", true), Ok(Transport::WebTransport));
        let error = named("webtransport", false).unwrap_err();
        assert!(error.contains("--features webtransport"), "{error}");
        for has_webtransport in [true, false] {
            assert_eq!(named("polling", has_webtransport), Ok(Transport::Polling));
            let error = named("tcp", has_webtransport).unwrap_err();
            assert!(error.starts_with("expected `websocket`"), "{error}");
        }
    }

    #[test]
    fn hashes_have_64_digits_and_may_have_colons() {
        let hash: [u8; 32] = std::array::from_fn(|at| at as u8 * 8);
        let bytes: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(certificate_hash(&bytes.concat()), Ok(hash));
        assert_eq!(certificate_hash(&bytes.join(":").to_uppercase()), Ok(hash));
        for other in [
            "",
            "a",
            "xyz",
            &bytes[1..].concat(),
            &format!("{}0", bytes.concat()),
            "é",
        ] {
            let error = certificate_hash(other).unwrap_err();
            assert!(error.contains("expected 64"), "{error}");
        }
    }
}
