//! The whole machine: one connection, its namespaces, and its way back after a loss.

mod lower;
mod reconnect;

use alloc::vec::Vec;

use lower::Lower;
use reconnect::Reconnect;

use crate::config::Config;
use crate::engine::{EngineEvent, Lost};
use crate::engine_version::EngineVersion;
use crate::error::{Misuse, OpenError, Reason};
use crate::hint::Hint;
use crate::namespace::{DecodedPacket, Decoder, Emit, Namespaces, Scene, TextFrame};
use crate::output::{AckId, Event, Link, Nsp, Output, Reply, Transport};
use crate::payload::{Frame, Payload};
use crate::time::{Millis, Time, earlier};
use crate::wire::head::{Head, Malformed, PacketType, normalized_namespace};
use crate::wire::packet::BadPacket;
use crate::wire::utf8_front;

/// A Socket.IO client as a pure state machine: no I/O, no clock, no chance but its seed.
///
/// Its methods are of four kinds:
///
/// * **Commands** come from the application: [`namespace`](Client::namespace), [`connect`](Client::connect),
///   [`open`](Client::open), [`authorize`](Client::authorize), [`emit`](Client::emit), [`reply`](Client::reply),
///   [`cancel`](Client::cancel), [`disconnect`](Client::disconnect), [`close`](Client::close),
///   [`configure`](Client::configure), [`report_bad_payload`](Client::report_bad_payload). Those that can be misused return [`Misuse`].
/// * **Handlers** bring news from the host: [`handle_opened`](Client::handle_opened),
///   [`handle_packet`](Client::handle_packet), [`handle_response`](Client::handle_response),
///   [`handle_lost`](Client::handle_lost), [`handle_hint`](Client::handle_hint),
///   [`handle_timeout`](Client::handle_timeout). They cannot fail: a fault of the peer's is an event.
/// * **Polling**: [`poll`](Client::poll) gives what is to be done and what has happened, until `None`.
/// * **Getters**: [`next_timeout`](Client::next_timeout) and others.
///
/// Every call that sets or meets a deadline takes the time, and lets what is due happen first.
#[derive(Debug)]
pub struct Client<P> {
    config: Config,
    namespaces: Namespaces<P>,
    decoder: Decoder<P>,
    reconnect: Reconnect,
    lower: Lower<P>,
    /// Whether the connection is wanted for itself, without a namespace.
    keep_open: bool,
    /// Until when time has passed.
    last_now: Time,
}

impl<P: Payload> Client<P> {
    /// A client that has done nothing yet.
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

    /// The namespace called `name` (`/chat`; `chat` and the empty string are understood), made if it is new.
    ///
    /// `query` (`room=1&user=2`) is what a 2.x server reads of this namespace; later servers ignore it. The query
    /// given first stays.
    pub fn namespace(&mut self, name: &str, query: Option<&str>) -> Nsp {
        self.namespaces.open(&normalized_namespace(name), query)
    }

    /// Connects a namespace, and opens the connection if there is none: at once, even between two attempts to come back.
    pub fn connect(&mut self, now: Time, nsp: Nsp) {
        self.tick(now);
        self.keep_open = false;
        let deadline = self.config.connect_timeout.map(|span| now + span);
        self.namespaces.want(nsp, deadline);
        self.open_engine(now);
        self.begin(now);
    }

    /// Opens the connection though no namespace wants it (yet). It stays, and comes back, until a namespace that was
    /// connected since is done with it, or [`close`](Client::close).
    pub fn open(&mut self, now: Time) {
        self.tick(now);
        self.keep_open = true;
        self.open_engine(now);
    }

    /// Another configuration from now on. What has begun (an attempt to open, a wait) ends as it began.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Answers [`Event::AuthRequired`]: the JSON object for the server's middleware, or `None`. A 2.x server, which has no
    /// auth, does not get it.
    pub fn authorize(&mut self, now: Time, nsp: Nsp, auth: Option<P>) {
        self.tick(now);
        self.with_scene(now, |namespaces, scene, lower| {
            namespaces.authorize(nsp, auth, scene, lower);
        });
    }

    /// Sends an event, or keeps it until the namespace is connected.
    ///
    /// The id is that of the ack, if one is awaited: exactly one [`Event::Acked`] or [`Event::AckLost`] will name it.
    ///
    /// # Errors
    /// [`Misuse::BufferFull`], [`Misuse::TooManyAcks`], [`Misuse::TooManyAttachments`]; nothing was sent or kept.
    pub fn emit(&mut self, now: Time, nsp: Nsp, emit: Emit<P>) -> Result<Option<AckId>, Misuse> {
        self.tick(now);
        self.namespaces
            .emit(now, nsp, emit, &self.config, &mut self.lower)
    }

    /// Answers an event of the server's with a JSON array of arguments.
    ///
    /// # Errors
    /// [`Misuse::StaleReply`] if the connection that asked is gone, [`Misuse::TooManyAttachments`].
    pub fn reply(
        &mut self,
        now: Time,
        nsp: Nsp,
        reply: Reply,
        payload: P,
        attachments: Vec<P>,
    ) -> Result<(), Misuse> {
        self.tick(now);
        self.namespaces.reply(
            nsp,
            reply,
            payload,
            attachments,
            &self.config,
            &mut self.lower,
        )
    }

    /// Stops awaiting an ack; nothing more is heard of it. An event that was not sent yet will not be.
    pub fn cancel(&mut self, now: Time, nsp: Nsp, ack: AckId) {
        self.tick(now);
        self.namespaces
            .cancel(now, nsp, ack, &self.config, &mut self.lower);
    }

    /// Forgets the emits that wait for a namespace. Their acks are [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn clear_offline(&mut self, nsp: Nsp) {
        self.namespaces.clear_offline(nsp, &mut self.lower);
    }

    /// Disconnects a namespace; it stays so until the next `connect`. The last one closes the connection.
    pub fn disconnect(&mut self, now: Time, nsp: Nsp) {
        self.tick(now);
        self.keep_open = false;
        self.namespaces.disconnect(nsp, &mut self.lower);
        self.close_if_unused(now);
    }

    /// Disconnects every namespace and closes the connection, for good: only `connect` brings it back.
    pub fn close(&mut self, now: Time) {
        self.tick(now);
        self.keep_open = false;
        self.namespaces.disconnect_all(&mut self.lower);
        self.close_if_unused(now);
    }

    /// The host could not read a payload that came: the connection ends as after a packet that breaks the rules, with
    /// [`Reason::ParseError`].
    pub fn report_bad_payload(&mut self, now: Time) {
        self.tick(now);
        if self.lower.engine.is_open() {
            self.fail_if_malformed(now, Err(Malformed::BadPayload));
        }
    }

    // ---- handlers ----

    /// The host has opened a link's WebSocket. (A request by HTTP is only ever answered or lost.)
    pub fn handle_opened(&mut self, now: Time, link: Link) {
        self.tick(now);
        self.lower.engine.handle_opened(link, &mut self.lower.out);
    }

    /// A packet has come over `link`.
    pub fn handle_packet(&mut self, now: Time, link: Link, frame: Frame<'_, P>) {
        self.tick(now);
        let event =
            self.lower
                .engine
                .handle_packet(now, link, frame, &self.config, &mut self.lower.out);
        self.handle_engine_event(now, event);
    }

    /// A request has been answered with status 200. For a GET, `frames` are the packets of its body, each as the frame it would
    /// be over a WebSocket, and `form` the generation whose form the body had; a POST's answer has none.
    ///
    /// All of them are one input: the next GET goes out when the last has been handled.
    /// [`wire::polling`](crate::wire::polling) reads bodies for hosts that have them as bytes.
    pub fn handle_response<'f>(
        &mut self,
        now: Time,
        link: Link,
        body_version: EngineVersion,
        frames: impl IntoIterator<Item = Result<Frame<'f, P>, BadPacket>>,
    ) {
        self.tick(now);
        if !self.lower.engine.begin_response(link, &mut self.lower.out) {
            return;
        }
        for frame in frames {
            let event = self.lower.engine.handle_polled_packet(
                now,
                body_version,
                frame.ok(),
                &self.config,
                &mut self.lower.out,
            );
            self.handle_engine_event(now, event);
            if !self.lower.engine.is_reading_response() {
                return;
            }
        }
        let event = self
            .lower
            .engine
            .end_response(&self.config, &mut self.lower.out);
        self.handle_engine_event(now, event);
    }

    /// A link has ended without being dropped.
    pub fn handle_lost(&mut self, now: Time, link: Link, lost: Lost) {
        self.tick(now);
        let event = self
            .lower
            .engine
            .handle_lost(link, lost, &self.config, &mut self.lower.out);
        if lost == Lost::TooLarge && matches!(event, Some(EngineEvent::Closed(_))) {
            self.namespaces.forget_recovery();
        }
        self.handle_engine_event(now, event);
    }

    /// The host knows something that no packet tells; see [`Hint`].
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
            _ => {}
        }
    }

    /// Time has passed. Call it at [`Client::next_timeout`]; earlier or later does no harm.
    pub fn handle_timeout(&mut self, now: Time) {
        self.last_now = self.last_now.max(now);
        if self.next_timeout().is_none_or(|at| now < at) {
            return;
        }
        while let Some(event) = self.lower.engine.handle_timeout(now, &mut self.lower.out) {
            self.handle_engine_event(now, Some(event));
        }
        self.namespaces
            .handle_timeout(now, &self.config, &mut self.lower);
        if self.reconnect.take_due(now) && self.lower.engine.is_closed() {
            self.lower
                .engine
                .open(now, &self.config, &mut self.lower.out);
        }
        self.close_if_unused(now);
    }

    // ---- polling ----

    /// The next action or event, until there is none.
    ///
    /// What was sent since the last call goes into one POST, where there are such.
    pub fn poll(&mut self) -> Option<Output<P>> {
        if let Some(output) = self.lower.out.poll() {
            return Some(output);
        }
        if let Some(EngineEvent::Upgraded) = self.lower.engine.advance(&mut self.lower.out) {
            self.lower.out.event(Event::Upgraded);
        }
        self.lower.out.poll()
    }

    // ---- getters ----

    /// When [`Client::handle_timeout`] wants to be called at the latest.
    pub fn next_timeout(&self) -> Option<Time> {
        let own = earlier(
            self.lower.engine.next_timeout(),
            self.reconnect.next_timeout(),
        );
        earlier(own, self.namespaces.next_timeout())
    }

    /// Whether the namespace is connected.
    pub fn is_connected(&self, nsp: Nsp) -> bool {
        self.namespaces.is_connected(nsp)
    }

    /// The emits that wait for a namespace to be connected, the oldest first.
    pub fn offline(&self, nsp: Nsp) -> impl Iterator<Item = &P> {
        self.namespaces.offline(nsp)
    }

    /// Whether the server has promised to restore a lost session of some namespace: only then are the ends of packets looked
    /// at (see [`Frame::tail`]).
    pub fn recovers(&self) -> bool {
        self.namespaces.any_recovers()
    }

    /// The transport that carries the session, if there is one.
    pub fn transport(&self) -> Option<Transport> {
        self.lower.engine.transport()
    }

    /// How many packets wait because a POST is on its way. A host that takes commands without end should pause at some number
    /// of its choice: the machine does not refuse what is sent over a connection.
    pub fn backlog(&self) -> usize {
        self.lower.engine.backlog()
    }

    /// How often the server of the open connection pings, or wants to be pinged. It may hold a poll for as long as that when it
    /// has nothing to say, which a host that limits the time of a request allows for.
    pub fn ping_interval(&self) -> Option<Millis> {
        self.lower.engine.ping_interval()
    }

    /// The generation of the connected server, once it is known.
    pub fn engine_version(&self) -> Option<EngineVersion> {
        self.lower.engine.engine_version()
    }

    // ---- inside ----

    fn is_wanted(&self) -> bool {
        self.keep_open || self.namespaces.any_active()
    }

    /// Opens the connection if it is closed: at once, even between two attempts to come back.
    fn open_engine(&mut self, now: Time) {
        if self.lower.engine.is_closed() {
            self.reconnect.reset();
            self.lower
                .engine
                .open(now, &self.config, &mut self.lower.out);
        }
    }

    /// Lets time pass before an input is taken. What falls due within the same moment waits for the host's own call.
    fn tick(&mut self, now: Time) {
        if now > self.last_now {
            self.handle_timeout(now);
        }
    }

    fn handle_engine_event(&mut self, now: Time, event: Option<EngineEvent<'_, P>>) {
        match event {
            None => {}
            Some(EngineEvent::Opened) => {
                self.reconnect.opened(now);
                self.lower.out.event(Event::Opened);
                self.begin(now);
            }
            Some(EngineEvent::VersionKnown) => self.begin(now),
            Some(EngineEvent::Upgraded) => self.lower.out.event(Event::Upgraded),
            Some(EngineEvent::UpgradeFailed) => self.lower.out.event(Event::UpgradeFailed),
            Some(EngineEvent::OpenFailed(error)) => self.open_failed(now, error),
            Some(EngineEvent::Closed(reason)) => self.closed(now, reason),
            Some(EngineEvent::Text {
                head,
                tail,
                payload,
            }) => {
                let text = TextFrame {
                    head: utf8_front(head),
                    goes_on: payload.size() > head.len(),
                    tail,
                    payload,
                };
                let taken = self.take_text(now, text);
                self.fail_if_malformed(now, taken);
            }
            Some(EngineEvent::Binary(payload)) => {
                let taken = self.take_attachment(now, payload);
                self.fail_if_malformed(now, taken);
            }
        }
    }

    /// Starts the wanted namespaces on their way in, once the Engine.IO version is known.
    fn begin(&mut self, now: Time) {
        self.with_scene(now, Namespaces::begin);
    }

    fn open_failed(&mut self, now: Time, error: OpenError) {
        self.lower.out.event(Event::OpenFailed(error));
        self.reconnect_or_give_up(now, Reason::TransportError);
    }

    fn closed(&mut self, now: Time, reason: Reason) {
        self.decoder.reset();
        self.reconnect_or_give_up(now, reason);
    }

    /// Tells the namespaces that the connection is gone, and plans the next one.
    fn reconnect_or_give_up(&mut self, now: Time, reason: Reason) {
        let was_open = self.reconnect.was_open();
        let plan = self.reconnect.schedule(now, &self.config);
        self.namespaces
            .handle_closed(reason, plan.is_some(), &mut self.lower);
        if was_open {
            self.lower.out.event(Event::Closed(reason));
        }
        match plan {
            _ if !self.is_wanted() => self.reconnect.cancel(),
            Some((attempt, delay)) => self.lower.out.event(Event::Reconnecting { attempt, delay }),
            None => {}
        }
        if plan.is_none() && self.config.reconnection.is_some() {
            self.lower.out.event(Event::ReconnectFailed);
        }
    }

    /// A packet that broke the rules ends the connection.
    fn fail_if_malformed(&mut self, now: Time, taken: Result<(), Malformed>) {
        if let Err(malformed) = taken {
            self.lower.out.event(Event::Malformed(malformed));
            self.lower.engine.close(now, &mut self.lower.out);
            // A server that restores the session would send the same packet again, at every connection.
            self.namespaces.forget_recovery();
            self.closed(now, Reason::ParseError);
        }
        self.close_if_unused(now);
    }

    fn take_text(&mut self, now: Time, text: TextFrame<'_, P>) -> Result<(), Malformed> {
        if !self.decoder.expects_text() {
            return Err(Malformed::TextForBinary);
        }
        let parsed = Head::parse(text.head);
        self.watch_for_signs(now, &parsed, text.payload.size());
        // An unknown Engine.IO version has just become known: only a 2.x server speaks first.
        let engine_version = self
            .lower
            .engine
            .engine_version()
            .unwrap_or(EngineVersion::Eio3);
        let head = match parsed {
            Err(Malformed::UnknownType) if engine_version.ignores_unknown_packets() => {
                return Ok(());
            }
            parsed => parsed?,
        };
        let packet =
            self.decoder
                .text(text, &head, engine_version, &self.config, &self.namespaces)?;
        self.handle_decoded(now, packet)
    }

    fn take_attachment(&mut self, now: Time, payload: P) -> Result<(), Malformed> {
        let packet = self.decoder.binary(payload, &self.config)?;
        self.handle_decoded(now, packet)
    }

    fn handle_decoded(
        &mut self,
        now: Time,
        packet: Option<DecodedPacket<P>>,
    ) -> Result<(), Malformed> {
        let Some(packet) = packet else { return Ok(()) };
        self.with_scene(now, |namespaces, scene, lower| {
            namespaces.handle(packet, scene, lower)
        })
        .unwrap_or(Ok(()))
    }

    /// A 2.x server gives itself away: it speaks before it is asked, and its CONNECT for `/` is bare. A later one's
    /// has the id in it.
    fn watch_for_signs(&mut self, now: Time, parsed: &Result<Head<'_>, Malformed>, size: usize) {
        let unasked = self.lower.engine.is_open() && self.lower.engine.engine_version().is_none();
        let sign = match parsed {
            _ if unasked => EngineVersion::Eio3,
            Ok(head) if head.kind != PacketType::Connect => return,
            Ok(head) if head.len < size => EngineVersion::Eio4,
            Ok(head) if head.namespace == "/" => EngineVersion::Eio3,
            _ => return,
        };
        if self.lower.engine.observe(sign) {
            self.begin(now);
        }
    }

    /// Closes the connection when no namespace needs it: for good, not to come back.
    fn close_if_unused(&mut self, now: Time) {
        if self.is_wanted() {
            return;
        }
        self.reconnect.cancel();
        if self.lower.engine.is_closed() {
            return;
        }
        let was_open = self.lower.engine.is_open();
        self.lower.engine.close(now, &mut self.lower.out);
        self.decoder.reset();
        self.namespaces
            .handle_closed(Reason::ForcedClose, false, &mut self.lower);
        if was_open {
            self.lower.out.event(Event::Closed(Reason::ForcedClose));
        }
    }

    /// Calls `f` with what the engine knows, if it is open and the Engine.IO version known.
    fn with_scene<R>(
        &mut self,
        now: Time,
        f: impl FnOnce(&mut Namespaces<P>, &Scene<'_>, &mut Lower<P>) -> R,
    ) -> Option<R> {
        let engine_version = self.lower.engine.engine_version()?;
        let engine_sid = self.lower.engine.sid()?;
        let scene = Scene {
            now,
            engine_version,
            engine_sid: &engine_sid,
            config: &self.config,
        };
        Some(f(&mut self.namespaces, &scene, &mut self.lower))
    }
}
