//! Engine.IO: one connection at a time, from opening to its end. Handles packets and timers, not the messages in them.

mod carrier;
mod closing;
mod detection;
mod event;
mod heartbeat;
mod last_connection;
mod opening;
mod polling;
mod response;
mod session;
mod upgrade;

use alloc::sync::Arc;

use carrier::Carrier;
use closing::ClosingSessions;
use detection::Detection;
pub(crate) use event::EngineEvent;
pub use event::Lost;
use heartbeat::HeartbeatAction;
use last_connection::LastConnection;
use opening::Opening;
use polling::Polling;
use session::Session;

use crate::cx::Cx;
use crate::engine_version::EngineVersion;
use crate::error::{OpenError, Reason};
use crate::output::{Action, Link, Outbox, Packet, Transport};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
use crate::wire::engine::EngineType;
use crate::wire::received::Received;

#[derive(Debug)]
enum State<P> {
    Closed,
    Opening(Opening),
    Open(Session<P>),
}

#[derive(Debug)]
pub(crate) struct Engine<P> {
    state: State<P>,
    closing: ClosingSessions<P>,
    /// The GET whose packets are being handled.
    response: Option<Link>,
    last_connection: LastConnection,
}

impl<P: Payload> Engine<P> {
    pub(crate) fn new() -> Self {
        Engine {
            state: State::Closed,
            closing: ClosingSessions::new(),
            response: None,
            last_connection: LastConnection::default(),
        }
    }

    // ---- commands ----

    /// Begins to open. The engine must be closed.
    pub(crate) fn open(&mut self, cx: &mut Cx<'_, Outbox<P>>) {
        let prefers_websocket = self.last_connection.prefers_websocket(cx.config);
        let version = self.last_connection.version_to_ask(cx.config);
        self.state = State::Opening(Opening::start(prefers_websocket, version, cx));
    }

    /// Sends a packet if the session is open, and drops it otherwise.
    pub(crate) fn send(&mut self, packet: Packet<P>, out: &mut Outbox<P>) {
        if let State::Open(session) = &mut self.state {
            session.carrier.send(packet, out);
        }
    }

    /// Polls, posts or switches to another transport, between inputs.
    pub(crate) fn advance(&mut self, out: &mut Outbox<P>) -> Option<EngineEvent<'static, P>> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        let transport = session.carrier.advance(out)?;
        self.last_connection.note_transport(transport);
        Some(EngineEvent::Upgraded)
    }

    /// Closes the session or the attempt to open one; on polling, the server is sent a close packet.
    pub(crate) fn close(&mut self, now: Time, out: &mut Outbox<P>) {
        self.response = None;
        match core::mem::replace(&mut self.state, State::Closed) {
            State::Closed => {}
            State::Opening(opening) => match opening.transport() {
                Transport::Polling => self.closing.begin_early(now, opening),
                Transport::WebSocket | Transport::WebTransport => {
                    out.action(Action::Drop { link: opening.link });
                }
            },
            State::Open(session) => match session.carrier {
                Carrier::Duplex { link, .. } => out.action(Action::Drop { link }),
                Carrier::Polling(polling) => self.closing.begin(now, polling, out),
            },
        }
    }

    /// Pings at once where the client pings, because the host doubts that the server is there.
    pub(crate) fn ping_now(&mut self, now: Time) {
        if let State::Open(session) = &mut self.state {
            session.ping_now(now);
        }
    }

    /// Ends the connection because the host knows that the network is gone.
    pub(crate) fn network_lost(&mut self, out: &mut Outbox<P>) -> Option<EngineEvent<'static, P>> {
        match &self.state {
            State::Closed => None,
            State::Open(_) => Some(self.fail(Reason::TransportClose, out)),
            State::Opening(_) => Some(self.give_up_opening(OpenError::Transport, out)),
        }
    }

    /// Notes that the namespaces have seen evidence of the server's version. Returns whether it is new.
    pub(crate) fn observe(&mut self, version: EngineVersion) -> bool {
        let State::Open(session) = &mut self.state else {
            return false;
        };
        let changed = session.observe(version);
        self.last_connection
            .note_engine_version(session.engine_version());
        changed
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        if let State::Open(session) = &mut self.state {
            session.carrier.shrink();
        }
    }

    // ---- handlers ----

    /// A full-duplex link is open. One for an upgrade is sent the probe.
    pub(crate) fn handle_opened(&mut self, link: Link, out: &mut Outbox<P>) {
        if self.probing(link).is_some() {
            let packet = Packet::Probe;
            out.action(Action::Send { link, packet });
        }
    }

    /// A packet arrived over a full-duplex link.
    pub(crate) fn handle_packet<'a>(
        &mut self,
        link: Link,
        packet: Received<'a, P>,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'a, P>> {
        if let Some(polling) = self.probing(link) {
            let failed = polling.probe_answered(link, &packet, cx.out);
            return failed.then_some(EngineEvent::UpgradeFailed(link));
        }
        match &self.state {
            State::Opening(opening) if opening.link == link => {
                self.handle_handshake(None, packet, cx)
            }
            State::Open(session) if session.carrier.is_duplex(link) => self.take_packet(packet, cx),
            _ => None,
        }
    }

    pub(crate) fn handle_lost(
        &mut self,
        link: Link,
        lost: Lost,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'static, P>> {
        self.closing.ended(link, false, cx.out);
        if let Some(polling) = self.probing(link) {
            polling.probe_lost(link, cx.out);
            return Some(EngineEvent::UpgradeFailed(link));
        }
        match &mut self.state {
            State::Opening(opening) if opening.link == link => {
                let changes = u8::from(lost == Lost::Refused);
                self.fail_opening(OpenError::Transport, changes, cx)
            }
            State::Open(session) if session.carrier.is_duplex(link) => {
                self.state = State::Closed;
                Some(EngineEvent::Closed(match lost {
                    Lost::Failed | Lost::Refused => Reason::TransportError,
                    Lost::Closed => Reason::TransportClose,
                    Lost::TooLarge => Reason::ParseError,
                }))
            }
            State::Open(session) => {
                session.carrier.polling()?.ended(link)?;
                let reason = match lost {
                    Lost::Failed | Lost::Closed | Lost::Refused => Reason::TransportError,
                    Lost::TooLarge => Reason::ParseError,
                };
                Some(self.fail(reason, cx.out))
            }
            _ => None,
        }
    }

    /// Lets time pass. Returns one of the events that are due: call it until there is none.
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
                let failed = session.carrier.polling()?.expire_upgrade(now, out)?;
                Some(EngineEvent::UpgradeFailed(failed))
            }
        }
    }

    /// A message arrived over the session's full-duplex link, and needs no more than that.
    pub(crate) fn note_message(&mut self, now: Time) {
        if let State::Open(session) = &mut self.state {
            session.note_message(now);
        }
    }

    // ---- getters ----

    /// Returns the server's version, if it is known and `link` is the session's full-duplex link.
    pub(crate) fn version_over(&self, link: Link) -> Option<EngineVersion> {
        let session = self.session()?;
        let over_it = session.carrier.is_duplex(link);
        session.engine_version().filter(|_| over_it)
    }

    /// Returns the WebSocket of the session, unless it is on another transport.
    pub(crate) fn websocket(&self) -> Option<Link> {
        match &self.session()?.carrier {
            Carrier::Duplex { link, transport } if *transport == Transport::WebSocket => {
                Some(*link)
            }
            _ => None,
        }
    }

    /// Returns the link over which messages come: the full-duplex link or the GET of a session whose version is known.
    pub(crate) fn direct(&self) -> Option<Link> {
        let session = self.session()?;
        session.engine_version()?;
        session.carrier.receiving()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let of_state = match &self.state {
            State::Closed => None,
            State::Opening(opening) => opening.deadline,
            State::Open(session) => session.next_timeout(),
        };
        earlier(of_state, self.closing.next_timeout())
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Returns the server's version, once it is known.
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        self.session()?.engine_version()
    }

    /// Returns the version of the last server for which it became known.
    pub(crate) fn last_engine_version(&self) -> Option<EngineVersion> {
        self.last_connection.engine_version()
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        Some(self.session()?.carrier.transport())
    }

    pub(crate) fn backlog(&self) -> usize {
        self.session()
            .map_or(0, |session| session.carrier.backlog())
    }

    pub(crate) fn backlog_bytes(&self) -> usize {
        self.session()
            .map_or(0, |session| session.carrier.backlog_bytes())
    }

    pub(crate) fn ping_interval(&self) -> Option<Millis> {
        Some(self.session()?.ping_interval())
    }

    pub(crate) fn sid(&self) -> Option<Arc<str>> {
        Some(self.session()?.sid.clone())
    }

    // ---- inside ----

    fn session(&self) -> Option<&Session<P>> {
        match &self.state {
            State::Open(session) => Some(session),
            _ => None,
        }
    }

    /// Returns the session on polling whose upgrade `link` is for.
    fn probing(&mut self, link: Link) -> Option<&mut Polling<P>> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        let polling = session.carrier.polling()?;
        polling.probes(link).then_some(polling)
    }

    /// Handles the first packet of a session. `body_version` is that of the polling body with it.
    fn handle_handshake<'a>(
        &mut self,
        body_version: Option<EngineVersion>,
        packet: Received<'a, P>,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'a, P>> {
        let State::Opening(opening) = &self.state else {
            return None;
        };
        let Received::Open(Some(handshake)) = packet else {
            self.response = None;
            if body_version.is_none() {
                cx.out.action(Action::Drop { link: opening.link });
            }
            return self.fail_opening(OpenError::Handshake, 0, cx);
        };
        if opening.answered_by_newer(&handshake, cx.config) {
            self.response = None;
            match body_version {
                None => cx.out.action(Action::Drop { link: opening.link }),
                Some(version) => {
                    let target = opening.session_target(version, &handshake);
                    self.closing
                        .begin(cx.now, Polling::new(target, &handshake), cx.out);
                }
            }
            // Once more than after a refusal, because this server speaks the other version for certain.
            return self.fail_opening(OpenError::Handshake, 2, cx);
        }
        let asked = opening.asked_version();
        let detection = Detection::begin(
            opening.certain_version(body_version),
            &handshake,
            self.last_connection.probable_version(),
            cx.config,
            cx.now,
        );
        let carrier = opening.carrier(body_version, &handshake, cx);
        let session = Session::new(carrier, &handshake, detection, cx.config, cx.now);
        self.last_connection
            .note_engine_version(session.engine_version());
        self.last_connection.note_asked_version(asked);
        self.last_connection
            .note_max_payload(handshake.max_payload.is_some());
        self.last_connection
            .note_transport(session.carrier.transport());
        self.state = State::Open(session);
        Some(EngineEvent::Opened)
    }

    /// Handles a packet of the open session.
    fn take_packet<'a>(
        &mut self,
        packet: Received<'a, P>,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'a, P>> {
        let State::Open(session) = &mut self.state else {
            return None;
        };
        let handled = session.take_packet(cx.now, packet, cx.out);
        self.last_connection
            .note_engine_version(session.engine_version());
        match handled {
            Ok(event) => event,
            Err(reason) => Some(self.fail(reason, cx.out)),
        }
    }

    /// Ends a session whose server is gone, without a close packet.
    fn fail<'a>(&mut self, reason: Reason, out: &mut Outbox<P>) -> EngineEvent<'a, P> {
        self.response = None;
        if let State::Open(session) = &mut self.state {
            session.carrier.drop_links(out);
        }
        self.state = State::Closed;
        EngineEvent::Closed(reason)
    }

    /// Goes on after a transport could not be opened: with the other version, if the version of this transport was changed less
    /// than `changes` times, or with the next transport, if the configuration says so.
    fn fail_opening(
        &mut self,
        error: OpenError,
        changes: u8,
        cx: &mut Cx<'_, Outbox<P>>,
    ) -> Option<EngineEvent<'static, P>> {
        let State::Opening(opening) = &mut self.state else {
            return None;
        };
        if opening.ask_other_version(changes, cx) {
            return None;
        }
        self.last_connection.note_failure(opening);
        if opening.next(cx) {
            return None;
        }
        self.state = State::Closed;
        Some(EngineEvent::OpenFailed(error))
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
