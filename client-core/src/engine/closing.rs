//! Polling sessions that the client has left and the server does not know yet: their packets are posted, then a close packet.
//!
//! A session left before its handshake is awaited too: the server has opened it, and would keep it until its heartbeat
//! fails. Source: engine.io-client 6.6, `transports/polling.ts` (`doClose`).

use alloc::vec::Vec;

use super::opening::Opening;
use super::polling::{Polling, Request};
use crate::engine_version::EngineVersion;
use crate::output::{Action, Link, Outbox};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
use crate::wire::received::Received;

/// How long a session may take to close before its requests are dropped.
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
    /// The handshake has not come yet.
    Opening(Opening),
    Open(Polling<P>),
}

impl<P: Payload> ClosingSessions<P> {
    pub(crate) fn new() -> Self {
        ClosingSessions {
            sessions: Vec::new(),
        }
    }

    /// Starts to close an open session.
    pub(crate) fn begin(&mut self, now: Time, mut polling: Polling<P>, out: &mut Outbox<P>) {
        polling.close(out);
        self.push(now, Stage::Open(polling));
    }

    /// Closes a session once its handshake has arrived.
    pub(crate) fn begin_early(&mut self, now: Time, opening: Opening) {
        self.push(now, Stage::Opening(opening));
    }

    /// Returns whether `link` is the GET of a handshake that has not come yet.
    pub(crate) fn awaits(&self, link: Link) -> bool {
        self.position(link).is_some()
    }

    /// Takes the first packet of the response to such a GET.
    pub(crate) fn take_handshake(
        &mut self,
        link: Link,
        body_version: EngineVersion,
        packet: Option<Received<'_, P>>,
        out: &mut Outbox<P>,
    ) {
        let Some(at) = self.position(link) else {
            return;
        };
        let session = self.sessions.swap_remove(at);
        if let Stage::Opening(opening) = session.stage
            && let Some(Received::Open(Some(handshake))) = packet
        {
            let mut polling =
                Polling::new(opening.session_target(body_version, &handshake), &handshake);
            polling.close(out);
            self.sessions.push(ClosingSession {
                stage: Stage::Open(polling),
                ..session
            });
        }
    }

    /// Notes that a request has succeeded or failed. Ignores links of other sessions.
    ///
    /// A GET whose response turns out to have no handshake counts as failed.
    pub(crate) fn ended(&mut self, link: Link, succeeded: bool, out: &mut Outbox<P>) {
        self.remove_if(|session| session.stage.is_over(link, succeeded, out));
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

    fn position(&self, link: Link) -> Option<usize> {
        self.sessions
            .iter()
            .position(|session| session.stage.awaits(link))
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
    /// Returns whether the session is closed now that `link` has ended.
    fn is_over(&mut self, link: Link, succeeded: bool, out: &mut Outbox<P>) -> bool {
        let polling = match self {
            Stage::Opening(opening) => return !succeeded && opening.link == link,
            Stage::Open(polling) => polling,
        };
        let Some(request) = polling.ended(link) else {
            return false;
        };
        // A lost GET does not tell whether a POST in flight arrives.
        let post_failed = request == Request::Post && !succeeded;
        let over = post_failed || polling.continue_closing(out);
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
