//! The time until the handshake: which transport is tried, and which comes after it.

use alloc::vec::Vec;

use super::carrier::Carrier;
use super::links::Links;
use super::polling::Polling;
use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::{Action, Link, Outbox, Target, Transport};
use crate::payload::{Frame, FrameKind, Payload};
use crate::time::Time;
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) link: Link,
    pub(crate) deadline: Option<Time>,
    target: Target,
    /// The transports that have not been tried, in order.
    left: Vec<Transport>,
}

impl Opening {
    /// Tries the first of the configured transports; `prefers_websocket`: that one, before the others.
    pub(crate) fn start<P>(
        now: Time,
        prefers_websocket: bool,
        config: &Config,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) -> Opening {
        let mut left = config.transports.clone();
        if prefers_websocket {
            // The others keep their order.
            let last = left.len().saturating_sub(1);
            let found = left.iter().position(|own| *own == Transport::WebSocket);
            left.get_mut(..=found.unwrap_or(last))
                .unwrap_or_default()
                .rotate_right(1);
        }
        let deadline = config.open_timeout.map(|span| now + span);
        Opening::try_first(left, deadline, config, links, out)
    }

    /// Tries the next transport after this one has failed, if that is wanted, in the time that is left.
    pub(crate) fn next<P>(
        &mut self,
        config: &Config,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) -> Option<Opening> {
        let left = core::mem::take(&mut self.left);
        let more = config.try_all_transports && !left.is_empty();
        more.then(|| Opening::try_first(left, self.deadline, config, links, out))
    }

    pub(crate) fn transport(&self) -> Transport {
        self.target.transport
    }

    /// Whether a session that has opened may upgrade to a WebSocket: not to one that has just failed.
    fn may_upgrade(&self, config: &Config) -> bool {
        config.upgrade && self.left.contains(&Transport::WebSocket)
    }

    fn try_first<P>(
        mut left: Vec<Transport>,
        deadline: Option<Time>,
        config: &Config,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) -> Opening {
        let transport = match left.is_empty() {
            true => Transport::WebSocket,
            false => left.remove(0),
        };
        let target = Target {
            transport,
            engine_version: config.engine_version.unwrap_or(EngineVersion::Eio4),
            body_version: config.engine_version,
            sid: None,
        };
        let (link, asked) = (links.next(), target.clone());
        out.action(match transport {
            Transport::WebSocket => Action::Open {
                link,
                target: asked,
            },
            Transport::Polling => Action::Get {
                link,
                target: asked,
            },
        });
        Opening {
            link,
            deadline,
            target,
            left,
        }
    }

    /// What carries the session that has been opened. One on polling begins to upgrade, if it may. `form` is that of the
    /// polling body in which the handshake came.
    pub(crate) fn carrier<P: Payload>(
        &self,
        now: Time,
        body_version: Option<EngineVersion>,
        handshake: &Handshake,
        config: &Config,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) -> Carrier<P> {
        let Some(body_version) = body_version else {
            return Carrier::WebSocket(self.link);
        };
        let mut polling = Polling::new(self.session_target(body_version, handshake), handshake);
        if handshake.offers_websocket && self.may_upgrade(config) {
            let deadline = config.open_timeout.map(|span| now + span);
            polling.upgrade(deadline, links, out);
        }
        Carrier::Polling(polling)
    }

    /// Where the requests of the session go that has been opened.
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

/// The handshake, if that is what the frame is.
pub(crate) fn handshake_of<P>(frame: &Frame<'_, P>) -> Option<Handshake> {
    if frame.kind != FrameKind::Text {
        return None;
    }
    let (digit, object) = frame.head.split_first()?;
    if EngineType::from_digit(*digit)? != EngineType::Open {
        return None;
    }
    Handshake::parse(object)
}
