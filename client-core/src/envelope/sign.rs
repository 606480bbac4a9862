//! The signature of mobile-sdk.

use alloc::string::{String, ToString as _};

use md5::{Digest as _, Md5};

/// Returns the signature of a message: the lowercase hexadecimal MD5 of `app`, `key` and the decimal
/// `timestamp`, concatenated.
///
/// `timestamp` is in milliseconds since 1970 and must be the one sent in `meta.timestamp`, as
/// `app` must be the one in `meta.app`.
///
/// **Keep the key on a server.** A client asks a callback of the application for the signature, and
/// that callback may ask your server; the key must never ship in a browser or a mini-program.
///
/// **The signature is weak.** It covers neither the payload nor the target, and the server does not
/// check the age of the timestamp: an attacker who has seen one signature can send any message with
/// it, forever. It identifies the application and does not protect the message.
///
/// Source: mobile-sdk.
///
/// ```
/// use tidewire_core::envelope::sign;
///
/// let key = "0123456789abcdef0123456789abcdef";
/// assert_eq!(
///     sign("signatureApp", key, 1_543_469_988_762),
///     "63cfcdf8f45e3d139212f477a6c8efff"
/// );
/// ```
pub fn sign(app: &str, key: &str, timestamp: u64) -> String {
    let mut md5 = Md5::new();
    for part in [app, key, &timestamp.to_string()] {
        md5.update(part);
    }
    hex(&md5.finalize())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];

    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles.map(|nibble| DIGITS[usize::from(nibble)]).collect()
}
