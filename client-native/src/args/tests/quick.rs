//! The quick way of reading arguments and the long one give the same.

use std::fmt::Debug;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

use super::random::Chance;
use crate::args::decode::decode_whole;
use crate::args::quick::decode_quickly;
use crate::args::{Value, Variadic, encode_event};

/// Asserts that the long way gives the same if the quick way gives anything. Returns whether it does.
pub(super) fn agrees<T: DeserializeOwned + PartialEq + Debug>(payload: &str) -> bool {
    let Some(quickly) = decode_quickly::<T>(payload) else {
        return false;
    };
    assert_eq!(decode_whole(payload, &[]), Ok(quickly), "{payload}");
    true
}

#[test]
fn most_payloads_are_read_quickly() {
    let mut quick = 0;
    for seed in 0..2000 {
        let mut chance = Chance::new(seed);
        let args = Variadic(chance.many(3, |chance| chance.value(2)));
        let sent = encode_event(&chance.text(), &args).unwrap();
        let payload = std::str::from_utf8(&sent.json).unwrap();
        let read = [
            agrees::<Variadic<Value>>(payload),
            agrees::<Variadic<serde_json::Value>>(payload),
            agrees::<()>(payload),
            agrees::<(Value, Option<Value>)>(payload),
        ];
        quick += read.iter().filter(|&&read| read).count();
    }
    assert!(quick > 2000, "{quick}");
    for payload in [
        r#"["e"]"#,
        r#"["e",1,"a"]"#,
        "[\"\",\"\u{e9}\",{\"a\":[1, 2]}]",
    ] {
        assert!(agrees::<Variadic<Value>>(payload), "{payload}");
    }
    assert!(agrees::<(u8, String)>(r#"["e",1,"a\n",null]"#));
}

#[test]
fn doubtful_payloads_are_not() {
    for payload in [
        "",
        "[",
        "[]",
        "[1]",
        r#"["e""#,
        r#"["e","#,
        r#"["e",]"#,
        r#"["e",1"#,
        r#"["e",1,]"#,
        r#"["e",,1]"#,
        r#"["e" ,1]"#,
        r#"["e",1 ]"#,
        r#"["e",1] "#,
        r#"["e",1]]"#,
        r#"["e",1x]"#,
        r#"["e",1 2]"#,
        r#"["e",1:2]"#,
        r#"["e",01]"#,
        r#"["e\n",1]"#,
        r#"["e","\ud800"]"#,
    ] {
        assert!(!agrees::<Variadic<Value>>(payload), "{payload}");
    }
    assert!(!agrees::<u8>(r#"["e",1.0]"#));
    assert!(!agrees::<(u8, u8)>(r#"["e",1]"#));
    assert!(!agrees::<Bytes>(r#"["e",{"_placeholder":true,"num":0}]"#));
}

#[test]
fn a_payload_nests_as_deep_as_on_the_long_way() {
    let mut read = [0, 0];
    for levels in 1..140 {
        let payload = format!("[\"\",{}{}]", "[".repeat(levels), "]".repeat(levels));
        read[0] += usize::from(agrees::<Value>(&payload));
        read[1] += usize::from(decode_whole::<Value>(&payload, &[]).is_ok());
    }
    assert!(
        0 < read[0] && read[0] <= read[1] && read[1] < 139,
        "{read:?}"
    );
}

#[test]
fn a_type_that_reads_nothing_gets_the_same() {
    #[derive(Debug, PartialEq)]
    struct Nothing;

    impl<'de> Deserialize<'de> for Nothing {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Nothing)
        }
    }

    assert!(!agrees::<Nothing>(r#"["e",1]"#));
    assert!(agrees::<Nothing>(r#"["e"]"#));
    assert!(!agrees::<(Nothing, Nothing)>(r#"["e",1,2]"#));
    assert!(agrees::<(u8, Option<Nothing>)>(r#"["e",1,null]"#));
}
