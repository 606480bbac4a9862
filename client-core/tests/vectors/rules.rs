//! The allowed differences between the core and the official parsers: rules on the content of a case, each with its reason.

use tidewire_core::HEAD_LIMIT;
use tidewire_core::wire::head::Head;

use crate::case::Fault;
use crate::json;

/// The largest whole number up to which all are exact in JavaScript.
pub(crate) const EXACT_MAX: f64 = (1u64 << 53) as f64;

/// Excuses faults of one kind. The rest of the case is checked anyway.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) excuses: fn(&Fault) -> bool,
}

pub(crate) const RULES: [Rule; 8] = [
    Rule {
        name: "the payload is not JSON",
        reason: "the host decodes payloads and detects the error; the core has read the header and checked that the payload \
                 begins as its type requires",
        excuses: |fault| matches!(fault, Fault::Payload(text) if json::parse(text).is_none()),
    },
    Rule {
        name: "a placeholder without an attachment",
        reason: "the host puts attachments into payloads; the core has checked that all have arrived",
        excuses: |fault| match fault {
            Fault::Placeholders(text, count) => json::parse(text)
                .is_some_and(|value| json::filled(value, &vec![Vec::new(); *count]).is_none()),
            _ => false,
        },
    },
    Rule {
        name: "the data is not JSON",
        reason: "only JavaScript defines the JSON of dates, maps, functions, boxes, undefined, NaN or -0: the payload is taken \
                 from the case, and the header is checked",
        excuses: |fault| match fault {
            Fault::Value(data) => json::stringify(data, &mut Vec::new()).is_none(),
            Fault::Boxed(found, wanted) => found.is_boxed(wanted),
            _ => false,
        },
    },
    Rule {
        name: "an ack id that is not exact in JavaScript",
        reason: "ids are u64: an id above 2^53 is not rounded, an id above 64 bits is read as the largest one, an id that is not a \
                 number is read as no id, and a fraction cannot be written",
        excuses: |fault| {
            let is_exact = |id: f64| id.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&id);
            matches!(fault, Fault::AckId(id) if !is_exact(*id))
        },
    },
    Rule {
        name: "a lone surrogate",
        reason: "Rust strings are UTF-8, which has no lone surrogates: U+FFFD replaces them, as on a WebSocket",
        excuses: |fault| matches!(fault, Fault::Text(text) if text.has_lone_surrogate()),
    },
    Rule {
        name: "packets after a bad one",
        reason: "the reference hands them to a transport that the bad packet has closed; the core does not read them",
        excuses: |fault| matches!(fault, Fault::BehindError),
    },
    Rule {
        name: "an empty binary frame",
        reason: "the parser writes an empty attachment as such a frame, and refuses it itself; the core reads it",
        excuses: |fault| matches!(fault, Fault::EmptyFrame),
    },
    Rule {
        name: "the header is too long",
        reason: "a header must end within HEAD_LIMIT bytes, because a host gives the machine only these bytes of a packet",
        excuses: |fault| match fault {
            Fault::LongHead(text) => Head::parse(text).is_ok_and(|head| head.len >= HEAD_LIMIT),
            _ => false,
        },
    },
];
