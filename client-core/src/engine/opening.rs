//! The time until the handshake: the transport that is being opened, and those to try after it.

use alloc::vec::Vec;

use super::carrier::Carrier;
use super::polling::Polling;
use super::upgrade::Offers;
use crate::config::Config;
use crate::cx::Cx;
use crate::engine_version::EngineVersion;
use crate::output::{Action, Link, Outbox, Target, Transport};
use crate::payload::Payload;
use crate::time::Time;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) link: Link,
    pub(crate) deadline: Option<Time>,
    target: Target,
    /// The transports that have not been tried, in order.
    left: Vec<Transport>,
    /// The version to ask for, unless a server refuses it.
    first_version: EngineVersion,
    /// How often the version was changed on this transport.
    changes: u8,
}

impl Opening {
    /// Opens the first of the configured transports; with `prefers_websocket`, WebSocket goes before the others.
    pub(crate) fn start<P>(
        prefers_websocket: bool,
        version: EngineVersion,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Opening {
        let mut left = cx.config.transports.clone();
        if prefers_websocket {
            // The others keep their order.
            let found = left.iter().position(|next| *next == Transport::WebSocket);
            if let Some(front) = found.and_then(|at| left.get_mut(..=at)) {
                front.rotate_right(1);
            }
        }
        let target = Target {
            transport: first(&mut left).unwrap_or(Transport::WebSocket),
            engine_version: version,
            body_version: cx.config.engine_version,
            sid: None,
        };
        Opening {
            link: begin(&target, cx.out),
            deadline: cx.deadline(cx.config.open_timeout),
            target,
            left,
            first_version: version,
            changes: 0,
        }
    }

    /// Opens the next transport after this one has failed, if the configuration says so. The deadline stays.
    ///
    /// Returns whether there is one.
    pub(crate) fn next<P>(&mut self, cx: &mut Cx<'_, Outbox<P>>) -> bool {
        if !cx.config.try_all_transports {
            return false;
        }
        let Some(transport) = first(&mut self.left) else {
            return false;
        };
        self.target.transport = transport;
        self.target.engine_version = self.first_version;
        self.changes = 0;
        self.link = begin(&self.target, cx.out);
        true
    }

    /// Asks for the other Engine.IO version over the same transport, at most `most` times and only if the configuration does not
    /// name one. The deadline stays. Returns whether it does.
    pub(crate) fn ask_other_version<P>(&mut self, most: u8, cx: &mut Cx<'_, Outbox<P>>) -> bool {
        let asks =
            cx.config.engine_version.is_none() && !self.is_webtransport() && self.changes < most;
        if asks {
            self.changes += 1;
            self.target.engine_version = self.target.engine_version.other();
            self.link = begin(&self.target, cx.out);
        }
        asks
    }

    /// Returns the version that the server is asked for. A WebTransport carries Engine.IO 4 only, whatever its URL says.
    pub(crate) fn asked_version(&self) -> EngineVersion {
        match self.target.transport {
            Transport::WebTransport => EngineVersion::Eio4,
            _ => self.target.engine_version,
        }
    }

    /// Returns the version of which the way of the handshake leaves no doubt. `body_version` is that of its polling body.
    pub(crate) fn certain_version(
        &self,
        body_version: Option<EngineVersion>,
    ) -> Option<EngineVersion> {
        let asked = self.asked_version();
        let certain = self.is_webtransport() || asked == EngineVersion::Eio3;
        body_version.or(certain.then_some(asked))
    }

    /// Returns whether a server that was asked for Engine.IO 3 is known to speak Engine.IO 4, which it was not asked for now.
    ///
    /// socket.io 4.5 and later names `maxPayload` in both; with `allowEIO3` it accepts both.
    pub(crate) fn answered_by_newer(&self, handshake: &Handshake, config: &Config) -> bool {
        config.engine_version.is_none()
            && self.asked_version() == EngineVersion::Eio3
            && handshake.max_payload.is_some()
    }

    pub(crate) fn transport(&self) -> Transport {
        self.target.transport
    }

    pub(crate) fn is_webtransport(&self) -> bool {
        self.target.transport == Transport::WebTransport
    }

    /// Returns the transports to which the session upgrades: not those that have just failed. WebTransport needs Engine.IO 4.
    fn offers(
        &self,
        body_version: EngineVersion,
        handshake: &Handshake,
        config: &Config,
    ) -> Offers {
        let may = |transport| config.upgrade && self.left.contains(&transport);
        Offers {
            websocket: handshake.offers_websocket && may(Transport::WebSocket),
            webtransport: handshake.offers_webtransport
                && body_version == EngineVersion::Eio4
                && may(Transport::WebTransport),
        }
    }

    /// Returns the carrier of the session that has opened, and starts the upgrade of one on polling if it may upgrade.
    ///
    /// `body_version` is that of the polling body with the handshake; `None` if it came over a full-duplex link.
    pub(crate) fn carrier<P: Payload>(
        &self,
        body_version: Option<EngineVersion>,
        handshake: &Handshake,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Carrier<P> {
        let Some(body_version) = body_version else {
            return Carrier::Duplex {
                link: self.link,
                transport: self.transport(),
            };
        };
        let mut polling = Polling::new(self.session_target(body_version, handshake), handshake);
        let offers = self.offers(body_version, handshake, cx.config);
        polling.start_upgrade(offers, cx.now, cx.config.open_timeout, cx.out);
        Carrier::Polling(polling)
    }

    /// Returns the target of the requests of the session that has opened.
    pub(crate) fn session_target(
        &self,
        body_version: EngineVersion,
        handshake: &Handshake,
    ) -> Target {
        Target {
            body_version: Some(body_version),
            sid: Some(handshake.sid.clone()),
            ..self.target.clone()
        }
    }
}

/// Takes the first of the transports.
fn first(left: &mut Vec<Transport>) -> Option<Transport> {
    (!left.is_empty()).then(|| left.remove(0))
}

/// Opens a full-duplex link, or requests the handshake by polling.
fn begin<P>(target: &Target, out: &mut Outbox<P>) -> Link {
    let (link, target) = (out.next_link(), target.clone());
    out.action(match target.transport {
        Transport::Polling => Action::Get { link, target },
        Transport::WebSocket | Transport::WebTransport => Action::Open { link, target },
    });
    link
}
