//! The time until the handshake: the transport that is being opened, and those to try after it.

use alloc::vec::Vec;

use super::carrier::Carrier;
use super::polling::Polling;
use crate::config::Config;
use crate::cx::Cx;
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
    /// Opens the first of the configured transports; with `prefers_websocket`, WebSocket goes before the others.
    pub(crate) fn start<P>(prefers_websocket: bool, cx: &mut Cx<'_, Outbox<P>>) -> Opening {
        let mut left = cx.config.transports.clone();
        if prefers_websocket {
            // The others keep their order.
            let last = left.len().saturating_sub(1);
            let found = left.iter().position(|next| *next == Transport::WebSocket);
            left.get_mut(..=found.unwrap_or(last))
                .unwrap_or_default()
                .rotate_right(1);
        }
        Opening::try_first(left, cx.deadline(cx.config.open_timeout), cx)
    }

    /// Opens the next transport after this one has failed, if the configuration says so. The deadline stays.
    pub(crate) fn next<P>(&mut self, cx: &mut Cx<'_, Outbox<P>>) -> Option<Opening> {
        let left = core::mem::take(&mut self.left);
        let more = cx.config.try_all_transports && !left.is_empty();
        more.then(|| Opening::try_first(left, self.deadline, cx))
    }

    pub(crate) fn transport(&self) -> Transport {
        self.target.transport
    }

    /// Returns whether the session may upgrade to a WebSocket: not to one that has just failed.
    fn may_upgrade(&self, config: &Config) -> bool {
        config.upgrade && self.left.contains(&Transport::WebSocket)
    }

    fn try_first<P>(
        mut left: Vec<Transport>,
        deadline: Option<Time>,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Opening {
        let transport = match left.is_empty() {
            true => Transport::WebSocket,
            false => left.remove(0),
        };
        let target = Target {
            transport,
            engine_version: cx.config.engine_version.unwrap_or(EngineVersion::Eio4),
            body_version: cx.config.engine_version,
            sid: None,
        };
        let (link, to_open) = (cx.out.next_link(), target.clone());
        cx.out.action(match transport {
            Transport::WebSocket => Action::Open {
                link,
                target: to_open,
            },
            Transport::Polling => Action::Get {
                link,
                target: to_open,
            },
        });
        Opening {
            link,
            deadline,
            target,
            left,
        }
    }

    /// Returns the carrier of the session that has opened, and starts the upgrade of one on polling if it may upgrade.
    ///
    /// `body_version` is that of the polling body with the handshake; `None` if it came over a WebSocket.
    pub(crate) fn carrier<P: Payload>(
        &self,
        body_version: Option<EngineVersion>,
        handshake: &Handshake,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Carrier<P> {
        let Some(body_version) = body_version else {
            return Carrier::WebSocket(self.link);
        };
        let mut polling = Polling::new(self.session_target(body_version, handshake), handshake);
        if handshake.offers_websocket && self.may_upgrade(cx.config) {
            polling.start_upgrade(cx.deadline(cx.config.open_timeout), cx.out);
        }
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

/// Reads the handshake, if the frame is one.
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
