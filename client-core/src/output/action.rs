//! What the host must do.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::ids::Link;
use super::packet::Packet;
use crate::engine_version::EngineVersion;

/// What the host must do.
#[derive(Debug)]
pub enum Action<P> {
    /// Open a WebSocket, then report `handle_opened`, and what comes with `handle_packet`; `handle_lost` ends it.
    Open {
        /// The link's name from now on.
        link: Link,
        /// What to open.
        target: Target,
    },
    /// Send one packet. Packets of a link are sent in order, and nothing comes between a header and its attachments.
    Send {
        /// An open link.
        link: Link,
        /// The packet.
        packet: Packet<P>,
    },
    /// Ask by HTTP GET for the packets the server has, then report them with `handle_response`; `handle_lost` if there is no
    /// answer, or one of another status than 200. There is never a second one at the same time.
    Get {
        /// The request's name.
        link: Link,
        /// What to ask.
        target: Target,
    },
    /// Send packets by HTTP POST, then report `handle_response` without packets, or `handle_lost`. There is never a second
    /// one of the same session at the same time.
    Post {
        /// The request's name.
        link: Link,
        /// Where to send them, and in which form ([`Target::body_version`]).
        target: Target,
        /// The packets, all in one body.
        packets: Vec<Packet<P>>,
    },
    /// Send what was given, then close the WebSocket; or give the request up. Nothing of this link is heard any more.
    Drop {
        /// The link, opened or still opening.
        link: Link,
    },
}

/// Which transport to open, and with which query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The carrier.
    pub transport: Transport,
    /// The generation to ask for (`EIO=`).
    pub engine_version: EngineVersion,
    /// The generation whose polling bodies to send and expect; `None` before the first answer, which tells.
    pub body_version: Option<EngineVersion>,
    /// The session, once there is one.
    pub sid: Option<Arc<str>>,
}

/// A carrier of Engine.IO packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// HTTP long-polling: GETs that wait for packets, POSTs that bring some.
    Polling,
    /// A WebSocket.
    WebSocket,
}

impl Transport {
    /// The name in the `transport` query parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Polling => "polling",
            Transport::WebSocket => "websocket",
        }
    }
}

impl Target {
    /// Appends the machine's part of the query, `EIO=4&transport=websocket&sid=…`, to whatever the user's query is.
    pub fn write_query(&self, query: &mut String) {
        query.push_str("EIO=");
        query.push(char::from(b'0' + self.engine_version.number()));
        query.push_str("&transport=");
        query.push_str(self.transport.name());
        if let Some(sid) = &self.sid {
            query.push_str("&sid=");
            push_escaped(query, sid);
        }
    }
}

/// Ids are the server's choice: what is not unreserved in a URL (RFC 3986) is escaped.
fn push_escaped(query: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            query.push(char::from(DIGITS[usize::from(byte >> 4)]));
            query.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
