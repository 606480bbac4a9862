//! Round trips of arguments in types that users write.

mod lenient;
mod quick;
mod random;
mod vectors;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

use super::*;

fn event<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    decode_event(json, &[])
}

/// Round trip as an event, and again as an ack.
fn there_and_back<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let sent = encode_event("na\"me", value).unwrap();
    let json = std::str::from_utf8(&sent.json).unwrap();
    assert_eq!(event_name(json).unwrap().text, "na\"me");
    assert_eq!(
        decode_event::<T>(json, &sent.attachments).as_ref(),
        Ok(value)
    );
    let sent = encode_args(value).unwrap();
    assert_eq!(
        decode_args::<T>(Some(&sent.json), &sent.attachments).as_ref(),
        Ok(value)
    );
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
struct File {
    name: String,
    content: Bytes,
    parts: Vec<Option<ByteBuf>>,
    by_name: HashMap<String, Bytes>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    file: File,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Message {
    Unit,
    Newtype(Bytes),
    Tuple(u8, Bytes),
    Struct { a: Option<Bytes>, b: i64 },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Tagged {
    Text { text: String },
    Image { image: ByteBuf, num: u8 },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Either {
    // An untagged enum takes bytes that are UTF-8 for text: serde buffers both alike.
    Text(String),
    Bytes(ByteBuf),
    Pair { num: u8, second: ByteBuf },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Newtype<T>(T);

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Pair(String, Bytes);

fn file() -> File {
    File {
        name: "a\u{2028}€😀\u{0}".into(),
        content: Bytes::from_static(&[0, 255]),
        parts: vec![Some(ByteBuf::new()), None],
        by_name: HashMap::from([("x".into(), Bytes::from_static(b"x"))]),
    }
}

#[test]
fn values_survive() {
    there_and_back(&());
    there_and_back(&(1u8,));
    there_and_back(&((1u8, 2u8), vec![3u8]));
    there_and_back(&[1.5, -0.0]);
    there_and_back(&Vec::<(u8, u8)>::new());
    there_and_back(&Some(u64::MAX));
    there_and_back(&None::<()>);
    there_and_back(&(i64::MIN, f64::MAX, 'x', i128::from(u64::MAX)));
    there_and_back(&Newtype(Some(1)));
    there_and_back(&Newtype(("a".to_owned(), Bytes::from_static(b"b"))));
    there_and_back(&Pair("a".into(), Bytes::from_static(b"b")));
    there_and_back(&BTreeMap::from([(1, "one".to_owned())]));
    there_and_back(&Variadic(vec![1, 2, 3]));
    there_and_back(&Variadic(Vec::<Value>::new()));
    there_and_back(&Box::new((String::new(), true)));
}

#[test]
fn binary_survives_anywhere() {
    there_and_back(&Bytes::from_static(b"x"));
    there_and_back(&file());
    there_and_back(&(file(), vec![file(), File::default()], Some(Newtype(file()))));
    there_and_back(&Flat {
        id: 1,
        file: file(),
    });
    there_and_back(&vec![
        Message::Unit,
        Message::Newtype(Bytes::from_static(b"n")),
        Message::Tuple(1, Bytes::new()),
        Message::Struct {
            a: Some(Bytes::from_static(b"s")),
            b: -1,
        },
    ]);
    there_and_back(&vec![
        Tagged::Text { text: "t".into() },
        Tagged::Image {
            image: ByteBuf::from([1]),
            num: 7,
        },
    ]);
    there_and_back(&vec![
        Either::Text("t".into()),
        Either::Bytes(ByteBuf::from([255])),
        Either::Pair {
            num: 1,
            second: ByteBuf::from([2]),
        },
    ]);
}

#[test]
fn missing_and_superfluous_arguments() {
    let args = r#"["e",1,"x"]"#;
    assert_eq!(event(args), Ok(()));
    assert_eq!(event(args), Ok(1));
    assert_eq!(event(args), Ok((1,)));
    assert_eq!(
        event(args),
        Ok((1, "x".to_owned(), None::<u8>, Newtype(None::<u8>)))
    );
    assert_eq!(event(r#"["e"]"#), Ok(None::<u8>));
    assert_eq!(event(r#"["e",null]"#), Ok(None::<u8>));
    assert_eq!(decode_args(None, &[]), Ok((None::<u8>, None::<Bytes>)));
    assert_eq!(decode_args(None, &[]), Ok(()));
    let error = event::<(u8, String, Vec<u8>)>(args).unwrap_err();
    assert_eq!(
        error,
        DecodeError::Missing {
            position: 3,
            expected: "a sequence".into()
        }
    );
    assert!(
        error.to_string().starts_with("argument 3 is missing"),
        "{error}"
    );
    let error = decode_args::<u8>(None, &[]);
    assert_eq!(
        error,
        Err(DecodeError::Missing {
            position: 1,
            expected: "u8".into()
        })
    );
    let all = Variadic(vec![Value::Number(1.into()), Value::String("x".into())]);
    assert_eq!(event(args), Ok(all));
}

#[test]
fn mismatches_name_the_argument_and_show_it() {
    let long = "€".repeat(1000);
    let json = format!(r#"["e",1,"{long}",3]"#);
    let Err(DecodeError::Mismatch {
        position,
        reason,
        excerpt,
    }) = event::<(u8, u8)>(&json)
    else {
        panic!("no mismatch");
    };
    assert_eq!(position, Some(2));
    assert!(
        reason.starts_with("invalid type: string") && reason.len() < 210,
        "{reason}"
    );
    assert!(
        excerpt.starts_with('…') && excerpt.ends_with("€\",3]"),
        "{excerpt}"
    );
    assert!(excerpt.len() <= 80 + 6, "{excerpt}");
    for pad in ["", "a", "aa"] {
        let json = format!(r#"["e","{long}{pad}"]"#);
        let error = event::<u8>(&json).unwrap_err().to_string();
        assert!(!error.contains('\u{fffd}'), "{error}");
    }
    let error = event::<(u8, u8)>("[\n\"e\",\n256]")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "argument 1 has the wrong type: invalid value: integer `256`, expected u8"
        )
    );
    assert!(error.ends_with("near `[\n\"e\",\n256]`"), "{error}");
    assert!(matches!(
        event::<u8>(r#"["e",null]"#),
        Err(DecodeError::Mismatch { .. })
    ));
    assert!(matches!(
        decode_value::<u8>(b"\"x\""),
        Err(DecodeError::Mismatch { position: None, .. })
    ));
}

#[test]
fn malformed_payloads_are_refused() {
    for json in [
        "",
        "[",
        "[]",
        "{}",
        "1",
        r#"["e",1"#,
        r#"["e",1]]"#,
        r#"["e",1]x"#,
        r#"["e",,]"#,
    ] {
        let error = event::<u8>(json).unwrap_err();
        assert!(
            matches!(error, DecodeError::Malformed { .. }),
            "{json}: {error:?}"
        );
        assert!(event::<()>(json).is_err() || json == r#"["e"]"#, "{json}");
    }
    let deep = format!(r#"["e",{}{}]"#, "[".repeat(500), "]".repeat(500));
    let error = event::<Value>(&deep).unwrap_err().to_string();
    assert!(error.contains("more than 127 levels deep"), "{error}");
    assert_eq!(event(&deep), Ok(()));
}
