//! The signature of messages: `md5(app + key + timestamp)`, in small hexadecimal digits.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

/// The fields of a message that prove who sent it. It covers neither the payload nor the target, and does not
/// expire: those are the rules of the contract.
pub(super) struct Signature<'a> {
    pub(super) app: Option<&'a str>,
    pub(super) timestamp: Option<f64>,
    pub(super) sign: Option<&'a str>,
}

/// Returns whether the signature is of an application in `keys`.
pub(super) fn is_valid(keys: &BTreeMap<String, String>, signature: &Signature<'_>) -> bool {
    let (Some(app), Some(timestamp), Some(sign)) =
        (signature.app, signature.timestamp, signature.sign)
    else {
        return false;
    };
    let Some(key) = keys.get(app) else {
        return false;
    };
    is_equal(&of(app, key, timestamp), sign)
}

fn of(app: &str, key: &str, timestamp: f64) -> String {
    use std::fmt::Write as _;
    // A whole number is written without a point, as in JavaScript.
    let digest = Md5::digest(format!("{app}{key}{timestamp}"));
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Compares in a time that does not depend on the place of the first difference.
fn is_equal(ours: &str, theirs: &str) -> bool {
    let pairs = ours.bytes().zip(theirs.bytes());
    let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
    ours.len() == theirs.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const SIGN: &str = "63cfcdf8f45e3d139212f477a6c8efff";

    fn check(app: Option<&str>, timestamp: Option<f64>, sign: Option<&str>) -> bool {
        let keys = BTreeMap::from([("signatureApp".to_owned(), KEY.to_owned())]);
        let signature = Signature {
            app,
            timestamp,
            sign,
        };
        is_valid(&keys, &signature)
    }

    #[test]
    fn a_signature_of_the_original_is_valid() {
        assert!(check(
            Some("signatureApp"),
            Some(1_543_469_988_762.0),
            Some(SIGN)
        ));
    }

    #[test]
    fn any_other_signature_is_not() {
        let time = Some(1_543_469_988_762.0);
        assert!(!check(Some("other"), time, Some(SIGN)));
        assert!(!check(None, time, Some(SIGN)));
        assert!(!check(Some("signatureApp"), None, Some(SIGN)));
        assert!(!check(Some("signatureApp"), Some(f64::NAN), Some(SIGN)));
        assert!(!check(Some("signatureApp"), Some(1.0), Some(SIGN)));
        assert!(!check(Some("signatureApp"), time, None));
        for sign in ["", &SIGN[1..], &SIGN.to_uppercase(), &format!("{SIGN}0")] {
            assert!(!check(Some("signatureApp"), time, Some(sign)), "{sign}");
        }
    }
}
