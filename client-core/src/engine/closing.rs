//! Polling sessions that have been left and are still saying goodbye: what waited is posted, then a close packet.
//!
//! One that was left before its handshake came is awaited too: the server has opened it, and would keep it for as long as
//! a heartbeat takes. Source: engine.io-client 6.6, `transports/polling.ts` (`doClose`).

use alloc::vec::Vec;

use super::links::Links;
use super::opening::{Opening, handshake_of};
use super::polling::{Polling, Request};
use crate::engine_version::EngineVersion;
use crate::output::{Action, Link, Outbox};
use crate::payload::{Frame, Payload};
use crate::time::{Millis, Time, earlier};

/// How long a goodbye may take before its requests are given up.
const CLOSE_TIMEOUT: Millis = Millis::from_secs(5);

#[derive(Debug)]
pub(crate) struct ClosingSessions<P> {
    sessions: Vec<ClosingSession<P>>,
}

#[derive(Debug)]
struct ClosingSession<P> {
    deadline: Time,
    stage: Stage<P>,
}

#[derive(Debug)]
enum Stage<P> {
    /// The handshake is still to come.
    Opening(Opening),
    Open(Polling<P>),
}

impl<P: Payload> ClosingSessions<P> {
    pub(crate) fn new() -> Self {
        ClosingSessions {
            sessions: Vec::new(),
        }
    }

    /// Says goodbye to a session.
    pub(crate) fn begin(
        &mut self,
        now: Time,
        mut polling: Polling<P>,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) {
        polling.close(links, out);
        self.push(now, Stage::Open(polling));
    }

    /// Says goodbye to a session when its handshake comes.
    pub(crate) fn begin_early(&mut self, now: Time, opening: Opening) {
        self.push(now, Stage::Opening(opening));
    }

    /// Whether `link` is the GET for a handshake that is still to come.
    pub(crate) fn awaits(&self, link: Link) -> bool {
        self.sessions.iter().any(|own| own.stage.awaits(link))
    }

    /// The first packet of the answer to such a GET. Returns whether it was for one of these.
    pub(crate) fn take_handshake(
        &mut self,
        link: Link,
        body_version: EngineVersion,
        frame: Option<&Frame<'_, P>>,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) -> bool {
        let Some(at) = self.sessions.iter().position(|own| own.stage.awaits(link)) else {
            return false;
        };
        let session = self.sessions.swap_remove(at);
        if let Stage::Opening(opening) = session.stage
            && let Some(handshake) = frame.and_then(handshake_of)
        {
            let mut polling =
                Polling::new(opening.session_target(body_version, &handshake), &handshake);
            polling.close(links, out);
            self.sessions.push(ClosingSession {
                stage: Stage::Open(polling),
                ..session
            });
        }
        true
    }

    /// A request has ended, well or not. Ignores links that are none of these.
    pub(crate) fn ended(&mut self, link: Link, well: bool, links: &mut Links, out: &mut Outbox<P>) {
        self.remove_if(|session| session.stage.is_over(link, well, links, out));
    }

    pub(crate) fn expire(&mut self, now: Time, out: &mut Outbox<P>) {
        self.remove_if(|session| {
            let over = session.deadline <= now;
            if over {
                session.stage.drop_links(out);
            }
            over
        });
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.sessions
            .iter()
            .map(|session| Some(session.deadline))
            .fold(None, earlier)
    }

    // `Vec::retain` is four times as large in wasm.
    fn remove_if(&mut self, mut is_over: impl FnMut(&mut ClosingSession<P>) -> bool) {
        let mut at = 0;
        while let Some(session) = self.sessions.get_mut(at) {
            if is_over(session) {
                self.sessions.remove(at);
            } else {
                at += 1;
            }
        }
    }

    fn push(&mut self, now: Time, stage: Stage<P>) {
        let deadline = now + CLOSE_TIMEOUT;
        self.sessions.push(ClosingSession { deadline, stage });
    }
}

impl<P: Payload> Stage<P> {
    /// Whether the goodbye is over now that `link` has ended.
    fn is_over(&mut self, link: Link, well: bool, links: &mut Links, out: &mut Outbox<P>) -> bool {
        let polling = match self {
            Stage::Opening(opening) => return !well && opening.link == link,
            Stage::Open(polling) => polling,
        };
        let Some(request) = polling.ended(link) else {
            return false;
        };
        // That the GET is lost says nothing of a POST that is on its way.
        let refused = request == Request::Post && !well;
        let over = refused || polling.continue_closing(links, out);
        if over {
            polling.drop_links(out);
        }
        over
    }

    fn awaits(&self, link: Link) -> bool {
        matches!(self, Stage::Opening(opening) if opening.link == link)
    }

    fn drop_links(&mut self, out: &mut Outbox<P>) {
        match self {
            Stage::Opening(opening) => out.action(Action::Drop { link: opening.link }),
            Stage::Open(polling) => polling.drop_links(out),
        }
    }
}
