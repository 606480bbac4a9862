//! The actions of the machine, which the host carries out.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::ids::Link;
use super::packet::Packet;
use crate::engine_version::EngineVersion;
use crate::wire::engine::EngineType;
use crate::wire::json;

/// An action that the host must carry out.
#[derive(Debug)]
pub enum Action<P> {
    /// Open a WebSocket, or a WebTransport with one bidirectional stream that begins with
    /// [`stream_open_packet`](Target::stream_open_packet); then call `handle_opened`, and `handle_packet` for each frame;
    /// `handle_lost` if it ends.
    Open {
        /// The link's id from now on.
        link: Link,
        /// The target to open.
        target: Target,
    },
    /// Send one packet. The packets of a link must stay in order, so that nothing comes between a header and its attachments.
    Send {
        /// An open link.
        link: Link,
        /// The packet to send.
        packet: Packet<P>,
    },
    /// Ask for the server's packets by HTTP GET, then call `handle_response` with them; `handle_lost` if there is no response,
    /// or its status is not 200. A session has one GET at a time.
    Get {
        /// The request's id.
        link: Link,
        /// The target to ask.
        target: Target,
    },
    /// Send packets by HTTP POST, then call `handle_response` without packets, or `handle_lost`. A session has one POST at a
    /// time.
    Post {
        /// The request's id.
        link: Link,
        /// Where to send them, and the version of the body ([`Target::body_version`]).
        target: Target,
        /// The packets, all in one body.
        packets: Vec<Packet<P>>,
    },
    /// Send the packets given so far, then close the link; or abort the request. Input for this link is ignored from now
    /// on.
    Drop {
        /// The link, open or still opening.
        link: Link,
    },
}

/// The transport to open, and the parameters of its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The transport.
    pub transport: Transport,
    /// The version to ask for (`EIO=`).
    pub engine_version: EngineVersion,
    /// The version of the polling bodies to send and to expect; `None` before the first response, which shows it.
    pub body_version: Option<EngineVersion>,
    /// The id of the session, once there is one.
    pub sid: Option<Arc<str>>,
}

/// A transport of Engine.IO packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// HTTP long-polling: GETs that wait for packets, and POSTs that send some.
    Polling,
    /// A WebSocket.
    WebSocket,
    /// A WebTransport, which only Engine.IO 4 has: a stream over HTTP/3, with the frames of [`wire::stream`](crate::wire::stream).
    WebTransport,
}

impl Transport {
    /// Returns the name in the `transport` query parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Polling => "polling",
            Transport::WebSocket => "websocket",
            Transport::WebTransport => "webtransport",
        }
    }
}

impl Target {
    /// Returns the target of the same session over another transport.
    pub(crate) fn over(&self, transport: Transport) -> Target {
        Target {
            transport,
            ..self.clone()
        }
    }

    /// Returns the first packet that the host sends over the stream of a WebTransport, before any other: it asks for a session, or
    /// names the one that the link is to take over.
    ///
    /// Source: engine.io-protocol 4, "WebTransport".
    pub fn stream_open_packet(&self) -> Vec<u8> {
        let mut packet = Vec::from([EngineType::Open.digit()]);
        if let Some(sid) = &self.sid {
            packet.extend_from_slice(b"{\"sid\":");
            json::write_string(&mut packet, sid);
            packet.push(b'}');
        }
        packet
    }

    /// Appends the machine's part of the query to the user's: `EIO=4&transport=websocket&sid=…`.
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

/// Appends a session id, which the server chooses, with all but the unreserved characters (RFC 3986) escaped.
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
