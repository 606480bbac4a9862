//! Engine.IO: one connection at a time, from opening to its end. Knows packets and time, not what messages say.

mod carrier;
mod closing;
mod detection;
mod event;
mod heartbeat;
mod last_connection;
mod links;
mod opening;
mod polling;
mod probe;
mod session;

use alloc::sync::Arc;

use carrier::Carrier;
use closing::ClosingSessions;
use detection::Detection;
pub(crate) use event::EngineEvent;
pub use event::Lost;
use heartbeat::HeartbeatAction;
use last_connection::LastConnection;
use links::Links;
use opening::Opening;
use polling::Request;
use probe::Probe;
use session::Session;

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::error::{OpenError, Reason};
use crate::output::{Action, Link, Outbox, Packet, Transport};
use crate::payload::{Frame, Payload};
use crate::time::{Millis, Time, earlier};
use crate::wire::engine::EngineType;

#[derive(Debug)]
enum State<P> {
    Closed,
    Opening(Opening),
    Open(Session<P>),
}

#[derive(Debug)]
pub(crate) struct Engine<P> {
    state: State<P>,
    links: Links,
    closing: ClosingSessions<P>,
    /// The GET whose packets are being handled.
    response: Option<Link>,
    last_connection: LastConnection,
}

impl<P: Payload> Engine<P> {
    pub(crate) fn new() -> Self {
        Engine {
            state: State::Closed,
            links: Links::default(),
            closing: ClosingSessions::new(),
            response: None,
            last_connection: LastConnection::default(),
        }
    }

    // ---- commands ----

    /// Begins to open. Must be closed.
    pub(crate) fn open(&mut self, now: Time, config: &Config, out: &mut Outbox<P>) {
        let prefers_websocket = self.last_connection.prefers_websocket(config);
        let opening = Opening::start(now, prefers_websocket, config, &mut self.links, out);
        self.state = State::Opening(opening);
    }

    /// Sends a packet if the session is open; a closed one has nobody to send to.
    pub(crate) fn send(&mut self, packet: Packet<P>, out: &mut Outbox<P>) {
        if let State::Open(session) = &mut self.state {
            session.carrier.send(packet, out);
        }
    }

    /// Does what there is to do between inputs: polls, posts, crosses over.
    pub(crate) fn advance(&mut self, out: &mut Outbox<P>) -> Option<EngineEvent<'static, P>> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        if !session.carrier.advance(&mut self.links, out) {
            return None;
        }
        self.last_connection.note_transport(Transport::WebSocket);
        Some(EngineEvent::Upgraded)
    }

    /// Ends whatever there is, politely.
    pub(crate) fn close(&mut self, now: Time, out: &mut Outbox<P>) {
        self.response = None;
        match core::mem::replace(&mut self.state, State::Closed) {
            State::Closed => {}
            State::Opening(opening) => match opening.transport() {
                Transport::WebSocket => out.action(Action::Drop { link: opening.link }),
                Transport::Polling => self.closing.begin_early(now, opening),
            },
            State::Open(session) => match session.carrier {
                Carrier::WebSocket(link) => out.action(Action::Drop { link }),
                Carrier::Polling(polling) => {
                    self.closing.begin(now, polling, &mut self.links, out);
                }
            },
        }
    }

    /// The host has a reason to doubt that the other side is there.
    pub(crate) fn ping_now(&mut self, now: Time) {
        if let State::Open(session) = &mut self.state {
            session.ping_now(now);
        }
    }

    /// The host knows that the network is gone.
    pub(crate) fn network_lost(&mut self, out: &mut Outbox<P>) -> Option<EngineEvent<'static, P>> {
        match &self.state {
            State::Closed => None,
            State::Open(_) => Some(self.fail(Reason::TransportClose, out)),
            State::Opening(_) => Some(self.give_up_opening(OpenError::Transport, out)),
        }
    }

    /// The layer above has seen a sign of the server's generation. Returns whether it is news.
    pub(crate) fn observe(&mut self, engine_version: EngineVersion) -> bool {
        let State::Open(session) = &mut self.state else {
            return false;
        };
        let changed = session.observe(engine_version);
        self.last_connection
            .note_engine_version(session.engine_version());
        changed
    }

    // ---- handlers ----

    /// A WebSocket is open. One that a session wants to upgrade to is asked whether it works.
    pub(crate) fn handle_opened(&mut self, link: Link, out: &mut Outbox<P>) {
        if let Some(probe) = self.probe(link) {
            probe.opened(out);
        }
    }

    /// A packet has come over a WebSocket.
    pub(crate) fn handle_packet<'a>(
        &mut self,
        now: Time,
        link: Link,
        frame: Frame<'a, P>,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'a, P>> {
        if let Some(probe) = self.probe(link) {
            return judge_probe(probe, &frame, out);
        }
        match &self.state {
            State::Opening(opening) if opening.link == link => {
                self.handle_handshake(now, None, &frame, config, out)
            }
            State::Open(session) if session.carrier.is_websocket(link) => {
                self.take_packet(now, frame, out)
            }
            _ => None,
        }
    }

    /// A request has been answered. Returns whether the packets in the answer are to be handled.
    pub(crate) fn begin_response(&mut self, link: Link, out: &mut Outbox<P>) -> bool {
        self.closing.ended(link, true, &mut self.links, out);
        let awaited = match &mut self.state {
            _ if self.closing.awaits(link) => true,
            State::Closed => false,
            State::Opening(opening) => opening.link == link,
            State::Open(session) => {
                let ended = session
                    .carrier
                    .polling()
                    .and_then(|polling| polling.ended(link));
                ended == Some(Request::Get)
            }
        };
        self.response = awaited.then_some(link);
        awaited
    }

    /// One packet of the answer, which is in the form of `form`; `None` is one that cannot be read.
    pub(crate) fn handle_polled_packet<'a>(
        &mut self,
        now: Time,
        body_version: EngineVersion,
        frame: Option<Frame<'a, P>>,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'a, P>> {
        let link = self.response?;
        if self
            .closing
            .take_handshake(link, body_version, frame.as_ref(), &mut self.links, out)
        {
            self.response = None;
            return None;
        }
        match (&self.state, frame) {
            (State::Opening(_), Some(frame)) => {
                self.handle_handshake(now, Some(body_version), &frame, config, out)
            }
            (State::Open(_), Some(frame)) => self.take_packet(now, frame, out),
            (State::Open(_), None) => Some(self.fail(Reason::TransportError, out)),
            _ => None,
        }
    }

    /// Whether the answer whose packets are being handled is still of interest.
    pub(crate) fn is_reading_response(&self) -> bool {
        self.response.is_some()
    }

    /// The answer is at its end. One without a handshake opens nothing.
    pub(crate) fn end_response(
        &mut self,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'static, P>> {
        let link = self.response.take()?;
        self.closing.ended(link, false, &mut self.links, out);
        match &self.state {
            State::Opening(opening) if opening.link == link => {
                self.fail_opening(OpenError::Handshake, config, out)
            }
            _ => None,
        }
    }

    pub(crate) fn handle_lost(
        &mut self,
        link: Link,
        lost: Lost,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'static, P>> {
        self.closing.ended(link, false, &mut self.links, out);
        if let Some(probe) = self.probe(link) {
            *probe = Probe::None;
            return Some(EngineEvent::UpgradeFailed);
        }
        match &mut self.state {
            State::Opening(opening) if opening.link == link => {
                self.fail_opening(OpenError::Transport, config, out)
            }
            State::Open(session) if session.carrier.is_websocket(link) => {
                self.state = State::Closed;
                Some(EngineEvent::Closed(match lost {
                    Lost::Failed => Reason::TransportError,
                    Lost::Closed => Reason::TransportClose,
                    Lost::TooLarge => Reason::ParseError,
                }))
            }
            State::Open(session) => {
                session.carrier.polling()?.ended(link)?;
                let reason = match lost {
                    Lost::Failed | Lost::Closed => Reason::TransportError,
                    Lost::TooLarge => Reason::ParseError,
                };
                Some(self.fail(reason, out))
            }
            _ => None,
        }
    }

    /// Lets time pass. Of several things that are due it tells one: ask again until there is none.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'static, P>> {
        self.closing.expire(now, out);
        match &mut self.state {
            State::Closed => None,
            State::Opening(opening) => {
                let overdue = opening.deadline.is_some_and(|at| at <= now);
                overdue.then(|| self.give_up_opening(OpenError::Timeout, out))
            }
            State::Open(session) => {
                match session.expire_heartbeat(now) {
                    Some(HeartbeatAction::Dead) => {
                        return Some(self.fail(Reason::PingTimeout, out));
                    }
                    Some(HeartbeatAction::Ping) => {
                        session.carrier.send(Packet::Engine(EngineType::Ping), out);
                    }
                    None => {}
                }
                if session.expire_detection(now) {
                    return Some(EngineEvent::VersionKnown);
                }
                let failed = session.carrier.expire_probe(now, out);
                failed.then_some(EngineEvent::UpgradeFailed)
            }
        }
    }

    // ---- getters ----

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let own = match &self.state {
            State::Closed => None,
            State::Opening(opening) => opening.deadline,
            State::Open(session) => session.next_timeout(),
        };
        earlier(own, self.closing.next_timeout())
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// The server's generation, once it is known.
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        match &self.state {
            State::Open(session) => session.engine_version(),
            _ => None,
        }
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        match &self.state {
            State::Open(session) => Some(session.carrier.transport()),
            _ => None,
        }
    }

    pub(crate) fn backlog(&self) -> usize {
        match &self.state {
            State::Open(session) => session.carrier.backlog(),
            _ => 0,
        }
    }

    pub(crate) fn ping_interval(&self) -> Option<Millis> {
        match &self.state {
            State::Open(session) => Some(session.ping_interval()),
            _ => None,
        }
    }

    pub(crate) fn sid(&self) -> Option<Arc<str>> {
        match &self.state {
            State::Open(session) => Some(session.sid.clone()),
            _ => None,
        }
    }

    // ---- inside ----

    /// The upgrade that `link` is for.
    fn probe(&mut self, link: Link) -> Option<&mut Probe> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        let probe = &mut session.carrier.polling()?.probe;
        (probe.link() == Some(link)).then_some(probe)
    }

    /// The first packet of a session. `form` is that of the polling body it came in.
    fn handle_handshake<'a>(
        &mut self,
        now: Time,
        body_version: Option<EngineVersion>,
        frame: &Frame<'_, P>,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'a, P>> {
        let State::Opening(opening) = &self.state else {
            return None;
        };
        let Some(handshake) = opening::handshake_of(frame) else {
            self.response = None;
            if body_version.is_none() {
                out.action(Action::Drop { link: opening.link });
            }
            return self.fail_opening(OpenError::Handshake, config, out);
        };
        let detection = Detection::begin(
            body_version,
            &handshake,
            self.last_connection.engine_version(),
            config,
            now,
        );
        let carrier = opening.carrier(now, body_version, &handshake, config, &mut self.links, out);
        let session = Session::new(carrier, &handshake, detection, config, now);
        self.last_connection
            .note_engine_version(session.engine_version());
        self.last_connection
            .note_transport(session.carrier.transport());
        self.state = State::Open(session);
        Some(EngineEvent::Opened)
    }

    /// A packet of the open session.
    fn take_packet<'a>(
        &mut self,
        now: Time,
        frame: Frame<'a, P>,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'a, P>> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        let taken = session.take_packet(now, frame, out);
        self.last_connection
            .note_engine_version(session.engine_version());
        match taken {
            Ok(event) => event,
            Err(reason) => Some(self.fail(reason, out)),
        }
    }

    /// The session is dead: nobody is left to say goodbye to.
    fn fail<'a>(&mut self, reason: Reason, out: &mut Outbox<P>) -> EngineEvent<'a, P> {
        self.response = None;
        if let State::Open(session) = &mut self.state {
            session.carrier.drop_links(out);
        }
        self.state = State::Closed;
        EngineEvent::Closed(reason)
    }

    /// A transport could not be opened: the next one is tried, if that is wanted, in the time that is left.
    fn fail_opening(
        &mut self,
        error: OpenError,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<EngineEvent<'static, P>> {
        let State::Opening(opening) = &mut self.state else {
            return None;
        };
        self.last_connection.note_failure(opening);
        let next = opening.next(config, &mut self.links, out);
        match next {
            Some(opening) => {
                self.state = State::Opening(opening);
                None
            }
            None => {
                self.state = State::Closed;
                Some(EngineEvent::OpenFailed(error))
            }
        }
    }

    fn give_up_opening(
        &mut self,
        error: OpenError,
        out: &mut Outbox<P>,
    ) -> EngineEvent<'static, P> {
        self.response = None;
        if let State::Opening(opening) = &self.state {
            self.last_connection.note_failure(opening);
            out.action(Action::Drop { link: opening.link });
        }
        self.state = State::Closed;
        EngineEvent::OpenFailed(error)
    }
}

/// What a packet says of an upgrade: the right answer takes the session across, any other ends the upgrade.
fn judge_probe<P: Payload>(
    probe: &mut Probe,
    frame: &Frame<'_, P>,
    out: &mut Outbox<P>,
) -> Option<EngineEvent<'static, P>> {
    if probe.is_crossing() || probe.answered(frame) {
        return None;
    }
    probe.fail(out);
    Some(EngineEvent::UpgradeFailed)
}
