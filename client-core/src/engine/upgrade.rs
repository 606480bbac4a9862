//! The upgrade from polling to another transport: the new transport is probed while polling goes on.
//!
//! A server may offer a WebSocket, a WebTransport, or both. Then the WebTransport goes first, and the WebSocket follows after
//! 200 ms (half the limit of the upgrade, if that is less), or as soon as the WebTransport fails; the first to answer wins. So
//! a network without UDP costs 200 ms. A server accepts one upgrade at a time: a WebSocket that it refuses for that reason is tried once more when the WebTransport fails.
//!
//! Source: engine.io-protocol 4, "Upgrade mechanism"; engine.io-client 6.6 (`_probe`).

use crate::output::{Action, Link, Outbox, Target, Transport};
use crate::time::{Millis, Time, earlier};
use crate::wire::received::Received;

/// How long a WebTransport is preferred at most.
const WEBSOCKET_DELAY: Millis = Millis(200);

/// The links that are opened to take the session over. There is none without an upgrade: not wanted, not offered, or failed.
#[derive(Debug, Default)]
pub(crate) struct Upgrade {
    webtransport: Option<Link>,
    websocket: Option<Link>,
    next: Next,
    deadline: Option<Time>,
}

/// The next step.
#[derive(Debug, Default)]
enum Next {
    #[default]
    Nothing,
    /// A WebSocket, when the WebTransport fails.
    WebSocket,
    /// A WebSocket, when the WebTransport fails, or at this time.
    WebSocketAt(Time),
    /// The only link has answered: it takes over when the last request has ended. Until then nothing is posted.
    Crossing,
}

/// The transports to which a session may upgrade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offers {
    pub(crate) websocket: bool,
    pub(crate) webtransport: bool,
}

impl Upgrade {
    /// Opens the preferred one of the transports that are offered. `session` is the target of the session's requests, and `limit`
    /// the time that the upgrade may take.
    pub(crate) fn start<P>(
        &mut self,
        offers: Offers,
        session: &Target,
        now: Time,
        limit: Option<Millis>,
        out: &mut Outbox<P>,
    ) {
        self.deadline = limit.map(|span| now + span);
        if offers.websocket {
            let half = limit.map_or(WEBSOCKET_DELAY, |span| Millis(span.0 / 2));
            self.next = Next::WebSocketAt(now + half.min(WEBSOCKET_DELAY));
        }
        if offers.webtransport {
            self.webtransport = Some(open(Transport::WebTransport, session, out));
        } else {
            self.go_on(session, out);
        }
    }

    /// Returns the link that has answered.
    pub(crate) fn answered(&self) -> Option<(Link, Transport)> {
        if !self.is_crossing() {
            return None;
        }
        let transport = match self.webtransport {
            Some(_) => Transport::WebTransport,
            None => Transport::WebSocket,
        };
        Some((self.any()?, transport))
    }

    fn is_crossing(&self) -> bool {
        matches!(self.next, Next::Crossing)
    }

    /// Returns whether `link` is one of the upgrade's.
    pub(crate) fn has(&self, link: Link) -> bool {
        let link = Some(link);
        self.webtransport == link || self.websocket == link
    }

    /// Handles a packet from `link`: the right answer decides for this link. Returns whether it was wrong.
    pub(crate) fn handle_answer<P>(
        &mut self,
        link: Link,
        packet: &Received<'_, P>,
        session: &Target,
        out: &mut Outbox<P>,
    ) -> bool {
        if self.is_crossing() {
            return false;
        }
        if !matches!(packet, Received::ProbeAnswer) {
            out.action(Action::Drop { link });
            self.lost(link, session, out);
            return true;
        }
        let other = if self.webtransport == Some(link) {
            &mut self.websocket
        } else {
            &mut self.webtransport
        };
        drop_link(other, out);
        self.next = Next::Crossing;
        false
    }

    /// Goes on without `link`, which has ended.
    pub(crate) fn lost<P>(&mut self, link: Link, session: &Target, out: &mut Outbox<P>) {
        if self.webtransport == Some(link) {
            self.webtransport = None;
            self.go_on(session, out);
        } else {
            self.websocket = None;
            self.next = Next::WebSocket;
        }
    }

    /// Gives the upgrade up, if there is one.
    pub(crate) fn fail<P>(&mut self, out: &mut Outbox<P>) {
        drop_link(&mut self.webtransport, out);
        drop_link(&mut self.websocket, out);
    }

    /// Lets time pass. Returns one of the links that took too long: call it until there is none.
    pub(crate) fn expire<P>(
        &mut self,
        now: Time,
        session: &Target,
        out: &mut Outbox<P>,
    ) -> Option<Link> {
        if self.next_timeout().is_none_or(|at| at > now) {
            return None;
        }
        if let Next::WebSocketAt(at) = self.next
            && at <= now
        {
            self.go_on(session, out);
            return None;
        }
        let link = self.any()?;
        out.action(Action::Drop { link });
        self.next = Next::Nothing;
        self.lost(link, session, out);
        Some(link)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.any()?;
        match self.next {
            Next::WebSocketAt(at) => earlier(Some(at), self.deadline),
            _ => self.deadline,
        }
    }

    fn any(&self) -> Option<Link> {
        self.webtransport.or(self.websocket)
    }

    /// Opens the WebSocket, if it is not open and comes next.
    fn go_on<P>(&mut self, session: &Target, out: &mut Outbox<P>) {
        if let Next::WebSocket | Next::WebSocketAt(_) = core::mem::take(&mut self.next) {
            self.websocket = Some(open(Transport::WebSocket, session, out));
        }
    }
}

/// Opens a link of the session.
fn open<P>(transport: Transport, session: &Target, out: &mut Outbox<P>) -> Link {
    let link = out.next_link();
    out.action(Action::Open {
        link,
        target: session.over(transport),
    });
    link
}

fn drop_link<P>(link: &mut Option<Link>, out: &mut Outbox<P>) {
    if let Some(link) = link.take() {
        out.action(Action::Drop { link });
    }
}
