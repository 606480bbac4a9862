//! WebSocket frames and Socket.IO packets, as the model server reads and writes them.

use std::fmt;

use tidewire_core::{Frame, HEAD_LIMIT, Packet};

use super::payload::{CountedPayload, PayloadCounter};

/// One WebSocket frame.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Wire {
    Text(String),
    Binary(Vec<u8>),
}

impl Wire {
    pub(crate) fn text(text: impl Into<String>) -> Wire {
        Wire::Text(text.into())
    }

    /// Returns the frame that a host makes of a packet.
    pub(crate) fn of(packet: &Packet<CountedPayload>) -> Wire {
        let mut bytes = Vec::new();
        packet.write_head(&mut bytes);
        bytes.extend(packet.payload().map_or(&[][..], CountedPayload::bytes));
        if packet.is_binary() {
            Wire::Binary(bytes)
        } else {
            Wire::Text(String::from_utf8(bytes).expect("text is UTF-8"))
        }
    }

    /// Returns the frame as a host gives it to the machine.
    pub(crate) fn frame(&self, counter: &PayloadCounter) -> Frame<'_, CountedPayload> {
        let bytes = self.bytes();
        let head = &bytes[..bytes.len().min(HEAD_LIMIT)];
        let load = counter.payload(bytes);
        match self {
            Wire::Text(_) => Frame::text(head, load),
            Wire::Binary(_) => Frame::binary(head, load),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Wire::Text(text) => text.as_bytes(),
            Wire::Binary(bytes) => bytes,
        }
    }
}

/// Writes text unchanged and binary as `<hex>`.
impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wire::Text(text) => f.write_str(text),
            Wire::Binary(bytes) => write!(f, "<{}>", hex(bytes)),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.to_string().chars().take(120).collect();
        f.write_str(&shown)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A Socket.IO packet as the protocol text defines it, without the Engine.IO type in front.
#[derive(Debug)]
pub(crate) struct Sio {
    pub(crate) kind: u8,
    pub(crate) attachments: usize,
    pub(crate) nsp: String,
    pub(crate) query: Option<String>,
    pub(crate) id: Option<u64>,
    pub(crate) data: String,
}

impl Sio {
    /// Reads `<type>[<n>-][<nsp>[?<query>],][<id>][json]`. Without a comma the namespace takes the rest.
    pub(crate) fn parse(text: &str) -> Sio {
        let kind = text.as_bytes().first().map_or(0, |digit| digit - b'0');
        let mut rest = text.get(1..).unwrap_or_default();
        let mut attachments = 0;
        if kind == 5 || kind == 6 {
            let (count, after) = rest.split_once('-').expect("a count of attachments");
            attachments = count.parse().expect("a count");
            rest = after;
        }
        let mut nsp = "/";
        if rest.starts_with('/') {
            (nsp, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let (nsp, query) = match nsp.split_once('?') {
            Some((nsp, query)) => (nsp, Some(query.to_string())),
            None => (nsp, None),
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, data) = rest.split_at(digits);
        Sio {
            kind,
            attachments,
            nsp: nsp.to_string(),
            query,
            id: id.parse().ok(),
            data: data.to_string(),
        }
    }
}

/// Returns the header of a packet of type `kind`, with Engine.IO's `4` in front.
pub(crate) fn header(kind: u8, attachments: usize, nsp: &str, id: Option<u64>) -> String {
    let mut text = format!("4{kind}");
    if attachments > 0 {
        text += &format!("{attachments}-");
    }
    if nsp != "/" {
        text += nsp;
        text.push(',');
    }
    text + &id.map(|id| id.to_string()).unwrap_or_default()
}
