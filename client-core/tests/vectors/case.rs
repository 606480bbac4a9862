//! One case of the vectors, and what was found wrong with it.

use std::borrow::Cow;
use std::fmt;

use tidewire_core::EngineVersion;
use tidewire_core::wire::packet::Content;

use crate::js::Js;

/// A case, as PROTOCOL describes them ("The vectors").
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) layer: String,
    pub(crate) op: String,
    pub(crate) engine_version: EngineVersion,
    pub(crate) fields: Js,
}

/// What the core does otherwise than the case says. A rule may excuse all but the last.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A payload was rejected as "invalid payload", which the core lets pass.
    Payload(String),
    /// "illegal attachments", which the core lets pass: this payload, this many attachments.
    Placeholders(String, usize),
    /// Data that the test, in the host's place, cannot put into JSON.
    Value(Js),
    /// Data that the test puts into this JSON, and the official parser into that.
    Boxed(Js, Js),
    /// An ack id that the core reads or writes otherwise.
    AckId(f64),
    /// Text that the core cannot be given, or gives otherwise.
    Text(Js),
    /// Packets that come behind a bad one.
    BehindError,
    /// A packet that is refused for the length of its header.
    LongHead(String),
    /// Anything else.
    Wrong(String),
}

pub(crate) type Faults = Vec<Fault>;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Wrong(text) => write!(f, "{text:.400}"),
            other => write!(f, "{:.400}", format!("no rule excuses {other:?}")),
        }
    }
}

impl Case {
    /// The case in `fields`; `None` if its layer and protocol do not go together.
    pub(crate) fn new(fields: Js) -> Option<Case> {
        let layer = fields.get("layer").lossy();
        let engine_version = match (&*layer, fields.get("protocol").number()? as u8) {
            ("sio", 4) | ("eio", 3) => EngineVersion::Eio3,
            ("sio", 5) | ("eio", 4) => EngineVersion::Eio4,
            _ => return None,
        };
        Some(Case {
            id: fields.get("id").lossy(),
            name: fields.get("name").lossy(),
            op: fields.get("op").lossy(),
            layer,
            engine_version,
            fields,
        })
    }

    pub(crate) fn get(&self, key: &str) -> &Js {
        self.fields.get(key)
    }
}

/// A frame of the vectors, `{"s": text}` or `{"b": base64}`; halves of characters in it are a fault.
pub(crate) fn frame(value: &Js, faults: &mut Faults) -> Content<'static> {
    if value.has("b") {
        return Content::Binary(Cow::Owned(bytes(value)));
    }
    let text = value.get("s").untagged();
    if text.has_half_a_character() {
        faults.push(Fault::Text(text.clone()));
    }
    Content::Text(Cow::Owned(text.lossy()))
}

/// The bytes of `{"b": base64}`.
pub(crate) fn bytes(value: &Js) -> Vec<u8> {
    tidewire_core::wire::base64::decode(value.get("b").lossy().as_bytes())
}

/// Finds it wrong if the two differ.
pub(crate) fn same<T: PartialEq + fmt::Debug>(
    what: &str,
    found: &T,
    wanted: &T,
    faults: &mut Faults,
) {
    if found != wanted {
        faults.push(Fault::Wrong(format!(
            "{what}: found {found:?}, wanted {wanted:?}"
        )));
    }
}
