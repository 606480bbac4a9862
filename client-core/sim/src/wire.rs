//! Frames and Socket.IO packets as the simulated server reads and writes them.
//!
//! The source is PROTOCOL.md alone; no code of the client is used.

use std::fmt;

/// A WebSocket frame, or a packet of a polling body as the frame it would be over a WebSocket.
#[derive(Clone, PartialEq, Eq)]
pub enum Wire {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Wire {
    /// Returns the size in bytes.
    pub fn len(&self) -> usize {
        match self {
            Wire::Text(text) => text.len(),
            Wire::Binary(bytes) => bytes.len(),
        }
    }

    /// Returns whether the frame is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the content as bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Wire::Text(text) => text.as_bytes(),
            Wire::Binary(bytes) => bytes,
        }
    }

    /// Returns the size in an Engine.IO 4 polling body in bytes, without a separator.
    pub fn polled_len(&self) -> usize {
        match self {
            Wire::Text(text) => text.len(),
            Wire::Binary(bytes) => 1 + bytes.len().div_ceil(3) * 4,
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wire::Text(text) if text.len() > 120 => {
                let front: String = text.chars().take(60).collect();
                write!(f, "{front:?}.. ({} bytes)", text.len())
            }
            Wire::Text(text) => write!(f, "{text:?}"),
            Wire::Binary(bytes) if bytes.len() > 16 => write!(f, "<{} bytes>", bytes.len()),
            Wire::Binary(bytes) => write!(f, "<{bytes:02x?}>"),
        }
    }
}

/// A Socket.IO packet: its header and JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sio {
    /// The type's digit.
    pub kind: u8,
    /// How many attachments follow.
    pub attachments: usize,
    /// The namespace, without a query.
    pub nsp: String,
    /// The query behind `?` in the namespace.
    pub query: Option<String>,
    /// The ack id.
    pub id: Option<u64>,
    /// The JSON behind the header, if there is any.
    pub data: String,
}

impl Sio {
    /// Creates a packet without an ack id, attachments and data.
    pub fn new(kind: u8, nsp: &str) -> Sio {
        Sio {
            kind,
            attachments: 0,
            nsp: nsp.to_owned(),
            query: None,
            id: None,
            data: String::new(),
        }
    }

    /// Reads a packet, as strictly as the protocol text allows.
    ///
    /// # Errors
    ///
    /// Returns the rule that the packet breaks.
    pub fn read(text: &str) -> Result<Sio, String> {
        let mut rest = text;
        let kind = rest.bytes().next().ok_or("an empty packet")?;
        if !(b'0'..=b'6').contains(&kind) {
            return Err(format!("the type of {text:?}"));
        }
        rest = &rest[1..];
        let kind = kind - b'0';
        let mut attachments = 0;
        if kind >= 5 {
            let (count, after) = rest.split_once('-').ok_or("no attachment count")?;
            attachments = count
                .parse()
                .map_err(|_| format!("the count of {text:?}"))?;
            if attachments == 0 {
                return Err(format!("no attachments in {text:?}"));
            }
            rest = after;
        }
        let mut nsp = "/";
        if rest.starts_with('/') {
            (nsp, rest) = rest.split_once(',').ok_or("a namespace without a comma")?;
            if nsp == "/" {
                return Err("the root namespace is not written".to_owned());
            }
        }
        let (nsp, query) = match nsp.split_once('?') {
            Some((nsp, query)) => (nsp, Some(query.to_owned())),
            None => (nsp, None),
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, data) = rest.split_at(digits);
        let id = match id {
            "" => None,
            id => Some(id.parse().map_err(|_| format!("the id of {text:?}"))?),
        };
        Ok(Sio {
            kind,
            attachments,
            nsp: nsp.to_owned(),
            query,
            id,
            data: data.to_owned(),
        })
    }

    /// Returns the packet as a frame, with Engine.IO's `4` in front.
    pub fn write(&self) -> Wire {
        let mut text = format!("4{}", self.kind);
        if self.attachments > 0 {
            text.push_str(&format!("{}-", self.attachments));
        }
        if self.nsp != "/" {
            text.push_str(&self.nsp);
            text.push(',');
        }
        if let Some(id) = self.id {
            text.push_str(&id.to_string());
        }
        text.push_str(&self.data);
        Wire::Text(text)
    }
}

/// Returns the numbers in a JSON array. Events of the simulation consist of a name and numbers only.
pub fn numbers(json: &str) -> Vec<u64> {
    let is_digit = |c: char| c.is_ascii_digit();
    json.split(|c| !is_digit(c))
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse().ok())
        .collect()
}
