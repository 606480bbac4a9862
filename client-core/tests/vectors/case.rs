//! One case of the vectors, and the faults found in it.

use std::borrow::Cow;
use std::fmt;

use tidewire_core::EngineVersion;
use tidewire_core::wire::packet::Content;

use crate::js::Js;

/// A case, as described in PROTOCOL ("The vectors").
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) layer: String,
    pub(crate) op: String,
    pub(crate) engine_version: EngineVersion,
    pub(crate) fields: Js,
}

/// A difference between the core and the case. A rule may excuse all but the last variant.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The parser rejects this payload as "invalid payload"; the core accepts it.
    Payload(String),
    /// The parser rejects this payload with this number of attachments as "illegal attachments"; the core accepts it.
    Placeholders(String, usize),
    /// The test, in place of the host, cannot write this data as JSON.
    Value(Js),
    /// The JSON that the test writes, and the different JSON of the official parser.
    Boxed(Js, Js),
    /// An ack id that the core reads or writes differently.
    AckId(f64),
    /// A text that Rust cannot hold, or that the core returns differently.
    Text(Js),
    /// Packets after a bad one.
    BehindError,
    /// A packet that is refused because its header is too long.
    LongHead(String),
    /// An empty binary frame of a stream, which the parser writes and does not read.
    EmptyFrame,
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
    /// Reads a case; `None` if its layer does not have this protocol.
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

/// Reads a frame of the vectors, `{"s": text}` or `{"b": base64}`; a lone surrogate in it is a fault.
pub(crate) fn frame(value: &Js, faults: &mut Faults) -> Content<'static> {
    if value.has("b") {
        return Content::Binary(Cow::Owned(bytes(value)));
    }
    let text = value.get("s").untagged();
    if text.has_lone_surrogate() {
        faults.push(Fault::Text(text.clone()));
    }
    Content::Text(Cow::Owned(text.lossy()))
}

/// Reads the bytes of `{"b": base64}`.
pub(crate) fn bytes(value: &Js) -> Vec<u8> {
    tidewire_core::wire::base64::decode(value.get("b").lossy().as_bytes())
}

/// Adds a fault if the two differ.
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
