//! The whole machine: one connection, its namespaces, and reconnection.

mod direct;
mod incoming;
mod lifecycle;
mod lower;
mod plain_emit;
mod plain_event;
mod reconnect;

use alloc::vec::Vec;

use lower::Lower;
use reconnect::Reconnect;

use crate::config::Config;
use crate::cx::Cx;
use crate::engine::{Engine, EngineEvent, Lost};
use crate::engine_version::EngineVersion;
use crate::error::Misuse;
use crate::hint::Hint;
use crate::namespace::{Decoder, Emit, Namespaces, SessionInfo, Socket};
use crate::output::{AckId, Event, Link, Nsp, Outbox, Output, PacketSink, Reply, Transport};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
use crate::wire::head::{Malformed, normalized_namespace};
use crate::wire::packet::BadPacket;
use crate::wire::received::ReadFrame;

/// A Socket.IO client as a pure state machine: no I/O, no clock, no randomness but its seed.
///
/// Its methods are of four kinds:
///
/// * **Commands** come from the application: [`namespace`](Client::namespace), [`connect`](Client::connect),
///   [`open`](Client::open), [`reopen`](Client::reopen), [`authorize`](Client::authorize), [`emit`](Client::emit),
///   [`reply`](Client::reply), [`cancel`](Client::cancel), [`clear_offline`](Client::clear_offline),
///   [`remove_offline`](Client::remove_offline), [`disconnect`](Client::disconnect), [`close`](Client::close),
///   [`configure`](Client::configure), [`report_bad_payload`](Client::report_bad_payload). Commands that can be misused return
///   [`Misuse`].
/// * **Handlers** take input from the host: [`handle_opened`](Client::handle_opened),
///   [`handle_packet`](Client::handle_packet) and its fast lane [`take_event`](Client::take_event),
///   [`handle_response`](Client::handle_response), [`handle_lost`](Client::handle_lost), [`handle_hint`](Client::handle_hint),
///   [`handle_timeout`](Client::handle_timeout). They cannot fail: a fault of the peer becomes an event.
/// * **Polling**: [`poll`](Client::poll) returns the next action or event, until `None`. Then [`shrink`](Client::shrink) gives
///   memory back.
/// * **Getters**: [`next_timeout`](Client::next_timeout) and others.
///
/// A host may write plain events itself while [`websocket_for_events`](Client::websocket_for_events) names a WebSocket.
/// A host that reads and writes events itself has the direct lane: [`direct`](Client::direct), [`expect`](Client::expect),
/// [`answered`](Client::answered), [`note_event`](Client::note_event), [`reply_to`](Client::reply_to).
///
/// Every call that sets or meets a deadline takes the time, and first handles the timers that are due.
///
/// # Panics
///
/// Commands panic if they are given an [`Nsp`] that another client has returned and this one has not. Getters then answer
/// as for a namespace that is not connected.
#[derive(Debug)]
pub struct Client<P> {
    config: Config,
    namespaces: Namespaces<P>,
    decoder: Decoder<P>,
    reconnect: Reconnect,
    lower: Lower<P>,
    /// Whether the connection is wanted without a namespace.
    keep_open: bool,
    /// The latest time that the host has passed in.
    last_now: Time,
}

impl<P: Payload> Client<P> {
    /// Creates a client that is not connected.
    pub fn new(config: Config) -> Self {
        Client {
            namespaces: Namespaces::new(),
            decoder: Decoder::Idle,
            reconnect: Reconnect::new(config.seed),
            lower: Lower::new(),
            keep_open: false,
            last_now: Time::ZERO,
            config,
        }
    }

    // ---- commands ----

    /// Returns the namespace called `name`, and creates it if it is new.
    ///
    /// `/chat` and `chat` are the same name, and the empty string is `/`. A 2.x server reads the `query` (`room=1&user=2`)
    /// of the namespace; later servers ignore it. The last query given for a name counts at its next CONNECT; an empty one is none.
    pub fn namespace(&mut self, name: &str, query: Option<&str>) -> Nsp {
        self.namespaces.open(&normalized_namespace(name), query)
    }

    /// Connects a namespace. Opens the connection if it is closed.
    ///
    /// Between two attempts to reconnect it waits for the next one, as in socket.io-client: an application that connects
    /// namespaces while the server is down does not shorten the delay. [`Client::open`] makes an attempt at once.
    pub fn connect(&mut self, now: Time, nsp: Nsp) {
        self.tick(now);
        self.keep_open = false;
        let (namespaces, cx) = self.namespaces(now);
        let deadline = cx.deadline(cx.config.connect_timeout);
        namespaces.get_mut(nsp).want(deadline);
        if !self.reconnect.is_scheduled() {
            self.open_engine(now);
        }
        self.begin(now);
    }

    /// Opens the connection, also if no namespace wants it yet: at once, even between two attempts to reconnect.
    ///
    /// It stays open, and is reopened after a loss, until a namespace that was connected since is disconnected, or until
    /// [`close`](Client::close).
    pub fn open(&mut self, now: Time) {
        self.tick(now);
        self.keep_open = true;
        self.open_engine(now);
    }

    /// Begins an attempt to open again, with the configuration as it is now. No effect unless one is running.
    ///
    /// For hosts whose applications change the options when they hear of an attempt.
    pub fn reopen(&mut self, now: Time) {
        self.tick(now);
        if !self.lower.engine.is_closed() && !self.lower.engine.is_open() {
            self.lower.engine.close(now, &mut self.lower.out);
            self.start_opening(now);
        }
    }

    /// Replaces the configuration.
    ///
    /// An attempt to open or a delay that has begun ends with the old one (see [`Client::reopen`]), but without
    /// [`Config::reconnection`] no further attempt is made, not even one that is scheduled; the namespaces then wait for
    /// [`Client::open`] or [`Client::connect`].
    pub fn configure(&mut self, config: Config) {
        self.config = config;
        if self.config.reconnection.is_none() {
            self.reconnect.switch_off();
        }
    }

    /// Answers [`Event::AuthRequired`] with the JSON object for the server's middleware, or `None`.
    ///
    /// A 2.x server has no auth and is not sent it.
    pub fn authorize(&mut self, now: Time, nsp: Nsp, auth: Option<P>) {
        self.tick(now);
        if let Some(session) = self.session() {
            let (namespaces, mut cx) = self.namespaces(now);
            namespaces.get_mut(nsp).authorize(auth, &session, &mut cx);
        }
    }

    /// Sends an event, or keeps it until the namespace is connected.
    ///
    /// Returns the id of the ack if the emit awaits one: exactly one [`Event::Acked`] or [`Event::AckLost`] will name it,
    /// unless it is [cancelled](Client::cancel).
    ///
    /// # Errors
    /// [`Misuse::BufferFull`], [`Misuse::TooManyAcks`], [`Misuse::TooManyAttachments`]. The event was neither sent nor kept.
    pub fn emit(&mut self, now: Time, nsp: Nsp, emit: Emit<P>) -> Result<Option<AckId>, Misuse> {
        self.tick(now);
        let (namespaces, mut cx) = self.namespaces(now);
        namespaces.get_mut(nsp).emit(emit, &mut cx)
    }

    /// Answers a server event with a JSON array of arguments.
    ///
    /// # Errors
    /// [`Misuse::StaleReply`] if the connection that brought the event is gone, [`Misuse::TooManyAttachments`].
    pub fn reply(
        &mut self,
        now: Time,
        nsp: Nsp,
        reply: Reply,
        payload: P,
        attachments: Vec<P>,
    ) -> Result<(), Misuse> {
        self.tick(now);
        let (namespaces, mut cx) = self.namespaces(now);
        namespaces
            .get_mut(nsp)
            .reply(reply, payload, attachments, &mut cx)
    }

    /// Stops awaiting an ack, without an event. An emit that was not sent yet is not sent any more.
    pub fn cancel(&mut self, now: Time, nsp: Nsp, ack: AckId) {
        self.tick(now);
        let (namespaces, mut cx) = self.namespaces(now);
        namespaces.get_mut(nsp).cancel(ack, &mut cx);
    }

    /// Drops the buffered emits of a namespace. Their acks are lost, usually as [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn clear_offline(&mut self, nsp: Nsp) {
        self.namespaces.get_mut(nsp).emits.clear(&mut self.lower);
    }

    /// Drops the buffered emit at position `at` of [`Client::offline`], unless it has retries. Its ack is lost as
    /// [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn remove_offline(&mut self, nsp: Nsp, at: usize) {
        let (namespaces, lower) = (&mut self.namespaces, &mut self.lower);
        namespaces.get_mut(nsp).emits.remove(at, lower);
    }

    /// Disconnects a namespace until the next `connect`. Closes the connection if no other namespace needs it.
    pub fn disconnect(&mut self, now: Time, nsp: Nsp) {
        self.tick(now);
        self.keep_open = false;
        self.namespaces.disconnect(nsp, &mut self.lower);
        self.close_if_unused(now);
    }

    /// Disconnects every namespace and closes the connection, until the next `connect` or `open`.
    pub fn close(&mut self, now: Time) {
        self.tick(now);
        self.keep_open = false;
        self.namespaces.disconnect_all(&mut self.lower);
        self.close_if_unused(now);
    }

    /// Closes the connection because the host could not read a payload from the server.
    ///
    /// The reason is [`Reason::ParseError`](crate::Reason::ParseError), as after any malformed packet.
    pub fn report_bad_payload(&mut self, now: Time) {
        self.tick(now);
        if self.lower.engine.is_open() {
            self.fail_if_malformed(now, Err(Malformed::BadPayload));
        }
    }

    // ---- handlers ----

    /// The host has opened the WebSocket of `link`. (A link for an HTTP request is never opened, only answered or lost.)
    pub fn handle_opened(&mut self, now: Time, link: Link) {
        self.tick(now);
        self.lower.engine.handle_opened(link, &mut self.lower.out);
    }

    /// A packet arrived over the WebSocket of `link`: a [`Frame`](crate::Frame), or one that the host has read.
    pub fn handle_packet<'f>(&mut self, now: Time, link: Link, frame: impl ReadFrame<'f, P>) {
        self.tick(now);
        let packet = frame.read(self.recovers());
        let (engine, mut cx) = self.engine(now);
        let event = engine.handle_packet(link, packet, &mut cx);
        self.handle_engine_event(now, event);
    }

    /// A request has been answered with status 200.
    ///
    /// For a GET, `frames` are the packets of the response body, each as the frame it would be over a WebSocket, and
    /// `body_version` is the version whose format the body had. For a POST there are none. All packets are one input: the
    /// next GET goes out after the last one. [`wire::polling`](crate::wire::polling) reads bodies for hosts that have bytes.
    pub fn handle_response<'f>(
        &mut self,
        now: Time,
        link: Link,
        body_version: EngineVersion,
        frames: impl IntoIterator<Item = Result<impl ReadFrame<'f, P>, BadPacket>>,
    ) {
        self.tick(now);
        if !self.lower.engine.begin_response(link, &mut self.lower.out) {
            return;
        }
        for frame in frames {
            let recovers = self.recovers();
            let packet = frame.ok().map(|frame| frame.read(recovers));
            let (engine, mut cx) = self.engine(now);
            let event = engine.handle_polled_packet(body_version, packet, &mut cx);
            self.handle_engine_event(now, event);
            if !self.lower.engine.is_reading_response() {
                return;
            }
        }
        let (engine, mut cx) = self.engine(now);
        let event = engine.end_response(&mut cx);
        self.handle_engine_event(now, event);
    }

    /// A link has ended without being dropped.
    pub fn handle_lost(&mut self, now: Time, link: Link, lost: Lost) {
        self.tick(now);
        let (engine, mut cx) = self.engine(now);
        let event = engine.handle_lost(link, lost, &mut cx);
        if lost == Lost::TooLarge && matches!(event, Some(EngineEvent::Closed(_))) {
            self.namespaces.forget_recovery();
        }
        self.handle_engine_event(now, event);
    }

    /// The host knows something that packets do not show; see [`Hint`].
    pub fn handle_hint(&mut self, now: Time, hint: Hint) {
        match hint {
            Hint::Foreground => self.reconnect.pause(false),
            Hint::Background => self.reconnect.pause(true),
            Hint::Congested => self.lower.congested = true,
            Hint::Writable => self.lower.congested = false,
            Hint::Online | Hint::Offline => {}
        }
        self.handle_timeout(now);
        match hint {
            Hint::Online | Hint::Foreground => {
                self.reconnect.retry_now(now);
                self.lower.engine.ping_now(now);
                self.handle_timeout(now);
            }
            Hint::Offline => {
                let event = self.lower.engine.network_lost(&mut self.lower.out);
                self.handle_engine_event(now, event);
            }
            Hint::Background | Hint::Congested | Hint::Writable => {}
        }
    }

    /// Handles the timers that are due. Call it at [`Client::next_timeout`]; earlier or later does no harm.
    pub fn handle_timeout(&mut self, now: Time) {
        self.last_now = self.last_now.max(now);
        if self.next_timeout().is_none_or(|at| now < at) {
            return;
        }
        while let Some(event) = self.lower.engine.handle_timeout(now, &mut self.lower.out) {
            self.handle_engine_event(now, Some(event));
        }
        let (namespaces, mut cx) = self.namespaces(now);
        namespaces.handle_timeout(&mut cx);
        if self.reconnect.take_due(now) && self.lower.engine.is_closed() {
            self.start_opening(now);
        }
        self.close_if_unused(now);
    }

    // ---- polling ----

    /// Returns the next action or event, until there is none.
    ///
    /// On polling, the packets sent since the last call go into one POST.
    pub fn poll(&mut self) -> Option<Output<P>> {
        if let Some(output) = self.lower.out.poll() {
            return Some(output);
        }
        if let Some(EngineEvent::Upgraded) = self.lower.engine.advance(&mut self.lower.out) {
            self.lower.out.event(Event::Upgraded);
        }
        self.lower.out.poll()
    }

    /// Gives back the memory of empty queues, which otherwise keep room for the most items they had.
    ///
    /// For hosts with thousands of clients, when [`Client::poll`] has returned `None` and the host waits for the next input.
    pub fn shrink(&mut self) {
        self.lower.out.shrink();
        self.lower.engine.shrink();
        self.namespaces.shrink();
    }

    // ---- getters ----

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns when to call [`Client::handle_timeout`] at the latest; `None` if no timer runs.
    pub fn next_timeout(&self) -> Option<Time> {
        let of_connection = earlier(
            self.lower.engine.next_timeout(),
            self.reconnect.next_timeout(),
        );
        earlier(of_connection, self.namespaces.next_timeout())
    }

    /// Returns whether the namespace is connected.
    pub fn is_connected(&self, nsp: Nsp) -> bool {
        self.namespaces.get(nsp).is_some_and(Socket::is_connected)
    }

    /// Returns whether a volatile event would be sent now, and not dropped.
    pub fn sends_volatile(&self, nsp: Nsp) -> bool {
        self.is_connected(nsp) && self.lower.is_writable()
    }

    /// Returns the emits that are buffered until a namespace is connected, the oldest first.
    pub fn offline(&self, nsp: Nsp) -> impl Iterator<Item = &P> {
        let socket = self.namespaces.get(nsp);
        socket
            .into_iter()
            .flat_map(|socket| socket.emits.buffered())
    }

    /// Returns how many emits these are.
    pub fn offline_len(&self, nsp: Nsp) -> usize {
        let socket = self.namespaces.get(nsp);
        socket.map_or(0, |socket| socket.emits.buffered_len())
    }

    /// Returns whether the server has promised to restore a lost session of some namespace.
    ///
    /// Only then does the machine read the ends of packets (see [`Frame::tail`](crate::Frame::tail)).
    pub fn recovers(&self) -> bool {
        self.namespaces.any_recovers()
    }

    /// Returns the transport of the open session.
    pub fn transport(&self) -> Option<Transport> {
        self.lower.engine.transport()
    }

    /// Returns how many packets wait for the end of a POST.
    ///
    /// The machine does not refuse emits while it is connected: a host with an endless supply of them should pause at a
    /// number of its choice.
    pub fn backlog(&self) -> usize {
        self.lower.engine.backlog()
    }

    /// Returns the size in bytes of these packets, as an upper bound.
    pub fn backlog_bytes(&self) -> usize {
        self.lower.engine.backlog_bytes()
    }

    /// Returns how often the connected server pings, or expects to be pinged.
    ///
    /// An idle server may hold a GET for that long: a host that limits the time of a request must allow for it.
    pub fn ping_interval(&self) -> Option<Millis> {
        self.lower.engine.ping_interval()
    }

    /// Returns the Engine.IO version of the connected server, once it is known.
    pub fn engine_version(&self) -> Option<EngineVersion> {
        self.lower.engine.engine_version()
    }

    /// Returns the Engine.IO version of the last server for which it became known, also when the connection has ended.
    pub fn last_engine_version(&self) -> Option<EngineVersion> {
        self.lower.engine.last_engine_version()
    }

    // ---- inside ----

    /// Returns the engine, and the context of a call to it.
    fn engine(&mut self, now: Time) -> (&mut Engine<P>, Cx<'_, Outbox<P>>) {
        let Lower { engine, out, .. } = &mut self.lower;
        let config = &self.config;
        (engine, Cx { now, config, out })
    }

    /// Returns the namespaces, and the context of a call to them.
    fn namespaces(&mut self, now: Time) -> (&mut Namespaces<P>, Cx<'_, Lower<P>>) {
        let (config, out) = (&self.config, &mut self.lower);
        (&mut self.namespaces, Cx { now, config, out })
    }

    /// Returns the facts that namespaces need of an open session; `None` until the server's version is known.
    fn session(&self) -> Option<SessionInfo> {
        Some(SessionInfo {
            engine_version: self.lower.engine.engine_version()?,
            engine_sid: self.lower.engine.sid()?,
        })
    }

    /// Handles the timers that were due before an input. One that is due at exactly `now` waits for the host's own call.
    fn tick(&mut self, now: Time) {
        if now > self.last_now {
            self.handle_timeout(now);
        }
    }
}
