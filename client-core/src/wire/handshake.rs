//! The handshake: the object in Engine.IO's open packet.

use alloc::sync::Arc;

use super::{json, number, utf8};
use crate::time::Millis;

/// The session object of an open packet: `0{"sid":…,"upgrades":…,"pingInterval":…,"pingTimeout":…,"maxPayload":…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The engine's session id.
    pub sid: Arc<str>,
    /// How often the pinging side pings.
    pub ping_interval: Millis,
    /// How long an answer to a ping may take.
    pub ping_timeout: Millis,
    /// The largest polling body the server accepts, in bytes; absent before engine.io 6.2 and in Engine.IO 3.
    pub max_payload: Option<u32>,
    /// Whether the server offers a WebSocket to upgrade to.
    pub offers_websocket: bool,
    /// Whether the server offers a WebTransport to upgrade to.
    pub offers_webtransport: bool,
}

impl Handshake {
    /// Reads the object. Returns `None` unless `sid`, `pingInterval` and `pingTimeout` are present and have the right types.
    pub(crate) fn parse(text: &[u8]) -> Option<Handshake> {
        let sid = json::string(json::member(text, "sid")?)?;
        if sid.is_empty() {
            return None;
        }
        let upgrades = json::member(text, "upgrades");
        let offers = |name| upgrades.is_some_and(|raw| json::array_has(raw, name));
        Some(Handshake {
            sid: sid.into(),
            ping_interval: Millis(count(json::member(text, "pingInterval")?)?),
            ping_timeout: Millis(count(json::member(text, "pingTimeout")?)?),
            max_payload: json::member(text, "maxPayload").and_then(count),
            offers_websocket: offers("websocket"),
            offers_webtransport: offers("webtransport"),
        })
    }
}

fn count(raw: &[u8]) -> Option<u32> {
    let value = number::parse(utf8(raw)?)?;
    Some(u32::try_from(value).unwrap_or(u32::MAX))
}
