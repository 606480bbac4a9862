//! What the core may do otherwise than the official parsers: rules on the content of a case, each with its reason.

use tidewire_core::HEAD_LIMIT;
use tidewire_core::wire::head::Head;

use crate::case::Fault;
use crate::json;

/// Whole numbers up to this are exact in JavaScript.
pub(crate) const EXACT_MAX: f64 = (1u64 << 53) as f64;

/// Excuses faults of one kind. All else in the case is checked all the same.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) excuses: fn(&Fault) -> bool,
}

pub(crate) const RULES: [Rule; 7] = [
    Rule {
        name: "the payload is no JSON",
        reason: "payloads are the host's, which finds out when it reads them; the core has read the header and seen that a \
                 payload begins as its type wants it",
        excuses: |fault| matches!(fault, Fault::Payload(text) if json::parse(text).is_none()),
    },
    Rule {
        name: "a placeholder names no attachment",
        reason: "the host puts attachments into payloads; the core has seen that all have come",
        excuses: |fault| match fault {
            Fault::Placeholders(text, count) => json::parse(text)
                .is_some_and(|value| json::filled(value, &vec![Vec::new(); *count]).is_none()),
            _ => false,
        },
    },
    Rule {
        name: "the data is not of JSON",
        reason: "what becomes of dates, maps, functions, boxes, undefined, NaN or -0 is JavaScript's affair: the payload is \
                 taken from the case, and the header checked",
        excuses: |fault| match fault {
            Fault::Value(data) => json::stringify(data, &mut Vec::new()).is_none(),
            Fault::Boxed(found, wanted) => found.is_boxed(wanted),
            _ => false,
        },
    },
    Rule {
        name: "an ack id that is not exact in JavaScript",
        reason: "ids are u64: one beyond 2^53 is not rounded, one beyond 64 bits is read as the largest, one that is no \
                 number as none, and one that is no whole number cannot be written",
        excuses: |fault| {
            let is_exact = |id: f64| id.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&id);
            matches!(fault, Fault::AckId(id) if !is_exact(*id))
        },
    },
    Rule {
        name: "half a character",
        reason: "Rust's texts are UTF-8, which has no lone surrogates: U+FFFD stands for them, as it does on a WebSocket",
        excuses: |fault| matches!(fault, Fault::Text(text) if text.has_half_a_character()),
    },
    Rule {
        name: "packets behind a bad one",
        reason: "the reference hands them to a transport that the bad packet has closed; the core does not read them",
        excuses: |fault| matches!(fault, Fault::BehindError),
    },
    Rule {
        name: "the header is too long",
        reason: "a header must end within HEAD_LIMIT bytes, for a host shows the machine no more of a packet",
        excuses: |fault| match fault {
            Fault::LongHead(text) => Head::parse(text).is_ok_and(|head| head.len >= HEAD_LIMIT),
            _ => false,
        },
    },
];
