//! The whole machine: one connection, its namespaces, and its way back after a loss.

mod comeback;
mod exit;

use alloc::vec::Vec;

use comeback::Comeback;
use exit::Down;

use crate::config::Config;
use crate::dialect::Dialect;
use crate::engine::{Lost, News};
use crate::error::{Misuse, OpenError, Reason};
use crate::hint::Hint;
use crate::namespace::{Decoder, Emit, Namespaces, Scene, Text, Whole};
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
///   [`configure`](Client::configure), [`reject`](Client::reject). Those that can be misused return [`Misuse`].
/// * **Handlers** bring news from the host: [`handle_opened`](Client::handle_opened),
///   [`handle_packet`](Client::handle_packet), [`handle_answer`](Client::handle_answer),
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
    comeback: Comeback,
    down: Down<P>,
    /// Whether the connection is wanted for itself, without a namespace.
    kept: bool,
    /// Until when time has passed.
    ticked: Time,
}

impl<P: Payload> Client<P> {
    /// A client that has done nothing yet.
    pub fn new(config: Config) -> Self {
        Client {
            namespaces: Namespaces::new(),
            decoder: Decoder::Idle,
            comeback: Comeback::new(config.seed),
            down: Down::new(),
            kept: false,
            ticked: Time::ZERO,
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
        self.kept = false;
        let deadline = self.config.connect_timeout.map(|span| now + span);
        self.namespaces.want(nsp, deadline);
        self.open_engine(now);
        self.begin(now);
    }

    /// Opens the connection though no namespace wants it (yet). It stays, and comes back, until a namespace that was
    /// connected since is done with it, or [`close`](Client::close).
    pub fn open(&mut self, now: Time) {
        self.tick(now);
        self.kept = true;
        self.open_engine(now);
    }

    /// Another configuration from now on. What has begun (an attempt to open, a wait) ends as it began.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Answers [`Event::AuthWanted`]: the JSON object for the server's middleware, or `None`. A 2.x server, which has no
    /// auth, does not get it.
    pub fn authorize(&mut self, now: Time, nsp: Nsp, auth: Option<P>) {
        self.tick(now);
        self.with_scene(now, |namespaces, scene, down| {
            namespaces.authorize(nsp, auth, scene, down);
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
            .emit(now, nsp, emit, &self.config, &mut self.down)
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
            &mut self.down,
        )
    }

    /// Stops awaiting an ack; nothing more is heard of it. An event that was not sent yet will not be.
    pub fn cancel(&mut self, now: Time, nsp: Nsp, ack: AckId) {
        self.tick(now);
        self.namespaces
            .cancel(now, nsp, ack, &self.config, &mut self.down);
    }

    /// Forgets the emits that wait for a namespace. Their acks are [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn clear_offline(&mut self, nsp: Nsp) {
        self.namespaces.clear_offline(nsp, &mut self.down);
    }

    /// Disconnects a namespace; it stays so until the next `connect`. The last one closes the connection.
    pub fn disconnect(&mut self, now: Time, nsp: Nsp) {
        self.tick(now);
        self.kept = false;
        self.namespaces.disconnect(nsp, &mut self.down);
        self.close_if_unused(now);
    }

    /// Disconnects every namespace and closes the connection, for good: only `connect` brings it back.
    pub fn close(&mut self, now: Time) {
        self.tick(now);
        self.kept = false;
        self.namespaces.disconnect_all(&mut self.down);
        self.close_if_unused(now);
    }

    /// The host could not read a payload that came: the connection ends as after a packet that breaks the rules, with
    /// [`Reason::ParseError`].
    pub fn reject(&mut self, now: Time) {
        self.tick(now);
        if self.down.engine.is_open() {
            self.judge(now, Err(Malformed::Payload));
        }
    }

    // ---- handlers ----

    /// The host has opened a link's WebSocket. (A request by HTTP is only ever answered or lost.)
    pub fn handle_opened(&mut self, now: Time, link: Link) {
        self.tick(now);
        self.down.engine.handle_opened(link, &mut self.down.out);
    }

    /// A packet has come over `link`.
    pub fn handle_packet(&mut self, now: Time, link: Link, frame: Frame<'_, P>) {
        self.tick(now);
        let news =
            self.down
                .engine
                .handle_packet(now, link, frame, &self.config, &mut self.down.out);
        self.take_news(now, news);
    }

    /// A request has been answered with status 200. For a GET, `frames` are the packets of its body, each as the frame it would
    /// be over a WebSocket, and `form` the generation whose form the body had; a POST's answer has none.
    ///
    /// All of them are one input: the next GET goes out when the last has been handled.
    /// [`wire::polling`](crate::wire::polling) reads bodies for hosts that have them as bytes.
    pub fn handle_answer<'f>(
        &mut self,
        now: Time,
        link: Link,
        form: Dialect,
        frames: impl IntoIterator<Item = Result<Frame<'f, P>, BadPacket>>,
    ) {
        self.tick(now);
        if !self.down.engine.begin_answer(link, &mut self.down.out) {
            return;
        }
        for frame in frames {
            let news = self.down.engine.handle_polled(
                now,
                form,
                frame.ok(),
                &self.config,
                &mut self.down.out,
            );
            self.take_news(now, news);
            if !self.down.engine.is_answering() {
                return;
            }
        }
        let news = self
            .down
            .engine
            .end_answer(&self.config, &mut self.down.out);
        self.take_news(now, news);
    }

    /// A link has ended without being dropped.
    pub fn handle_lost(&mut self, now: Time, link: Link, lost: Lost) {
        self.tick(now);
        let news = self
            .down
            .engine
            .handle_lost(link, lost, &self.config, &mut self.down.out);
        if lost == Lost::TooLarge && matches!(news, Some(News::Closed(_))) {
            self.namespaces.forget_recovery();
        }
        self.take_news(now, news);
    }

    /// The host knows something that no packet tells; see [`Hint`].
    pub fn handle_hint(&mut self, now: Time, hint: Hint) {
        match hint {
            Hint::Foreground => self.comeback.hold(false),
            Hint::Background => self.comeback.hold(true),
            Hint::Congested => self.down.congested = true,
            Hint::Writable => self.down.congested = false,
            Hint::Online | Hint::Offline => {}
        }
        self.handle_timeout(now);
        match hint {
            Hint::Online | Hint::Foreground => {
                self.comeback.hasten(now);
                self.down.engine.hurry(now);
                self.handle_timeout(now);
            }
            Hint::Offline => {
                let news = self.down.engine.cut(&mut self.down.out);
                self.take_news(now, news);
            }
            _ => {}
        }
    }

    /// Time has passed. Call it at [`Client::next_timeout`]; earlier or later does no harm.
    pub fn handle_timeout(&mut self, now: Time) {
        self.ticked = self.ticked.max(now);
        if self.next_timeout().is_none_or(|at| now < at) {
            return;
        }
        while let Some(news) = self.down.engine.handle_timeout(now, &mut self.down.out) {
            self.take_news(now, Some(news));
        }
        self.namespaces
            .handle_timeout(now, &self.config, &mut self.down);
        if self.comeback.take_due(now) && self.down.engine.is_closed() {
            self.down.engine.open(now, &self.config, &mut self.down.out);
        }
        self.close_if_unused(now);
    }

    // ---- polling ----

    /// The next action or event, until there is none.
    ///
    /// What was sent since the last call goes into one POST, where there are such.
    pub fn poll(&mut self) -> Option<Output<P>> {
        if let Some(output) = self.down.out.poll() {
            return Some(output);
        }
        if let Some(News::Upgraded) = self.down.engine.advance(&mut self.down.out) {
            self.down.out.event(Event::Upgraded);
        }
        self.down.out.poll()
    }

    // ---- getters ----

    /// When [`Client::handle_timeout`] wants to be called at the latest.
    pub fn next_timeout(&self) -> Option<Time> {
        let own = earlier(
            self.down.engine.next_timeout(),
            self.comeback.next_timeout(),
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
        self.down.engine.transport()
    }

    /// How many packets wait because a POST is on its way. A host that takes commands without end should pause at some number
    /// of its choice: the machine does not refuse what is sent over a connection.
    pub fn backlog(&self) -> usize {
        self.down.engine.backlog()
    }

    /// How often the server of the open connection pings, or wants to be pinged. It may hold a poll for as long as that when it
    /// has nothing to say, which a host that limits the time of a request allows for.
    pub fn ping_interval(&self) -> Option<Millis> {
        self.down.engine.ping_interval()
    }

    /// The generation of the connected server, once it is known.
    pub fn dialect(&self) -> Option<Dialect> {
        self.down.engine.dialect()
    }

    // ---- inside ----

    fn is_wanted(&self) -> bool {
        self.kept || self.namespaces.any_active()
    }

    /// Opens the connection if it is closed: at once, even between two attempts to come back.
    fn open_engine(&mut self, now: Time) {
        if self.down.engine.is_closed() {
            self.comeback.reset();
            self.down.engine.open(now, &self.config, &mut self.down.out);
        }
    }

    /// Lets time pass before an input is taken. What falls due within the same moment waits for the host's own call.
    fn tick(&mut self, now: Time) {
        if now > self.ticked {
            self.handle_timeout(now);
        }
    }

    fn take_news(&mut self, now: Time, news: Option<News<'_, P>>) {
        match news {
            None => {}
            Some(News::Opened) => {
                self.comeback.opened(now);
                self.down.out.event(Event::Opened);
                self.begin(now);
            }
            Some(News::DialectKnown) => self.begin(now),
            Some(News::Upgraded) => self.down.out.event(Event::Upgraded),
            Some(News::UpgradeFailed) => self.down.out.event(Event::UpgradeFailed),
            Some(News::OpenFailed(error)) => self.open_failed(now, error),
            Some(News::Closed(reason)) => self.closed(now, reason),
            Some(News::Text {
                head,
                tail,
                payload,
            }) => {
                let text = Text {
                    head: utf8_front(head),
                    goes_on: payload.size() > head.len(),
                    tail,
                    payload,
                };
                let taken = self.take_text(now, text);
                self.judge(now, taken);
            }
            Some(News::Binary(payload)) => {
                let taken = self.take_attachment(now, payload);
                self.judge(now, taken);
            }
        }
    }

    /// Starts the wanted namespaces on their way in, once the dialect is known.
    fn begin(&mut self, now: Time) {
        self.with_scene(now, Namespaces::begin);
    }

    fn open_failed(&mut self, now: Time, error: OpenError) {
        self.down.out.event(Event::OpenFailed(error));
        self.come_back(now, Reason::TransportError);
    }

    fn closed(&mut self, now: Time, reason: Reason) {
        self.decoder.reset();
        self.come_back(now, reason);
    }

    /// Tells the namespaces that the connection is gone, and plans the next one.
    fn come_back(&mut self, now: Time, reason: Reason) {
        let was_open = self.comeback.was_open();
        let plan = self.comeback.plan(now, &self.config);
        self.namespaces
            .handle_closed(reason, plan.is_some(), &mut self.down);
        if was_open {
            self.down.out.event(Event::Closed(reason));
        }
        match plan {
            _ if !self.is_wanted() => self.comeback.cancel(),
            Some((attempt, delay)) => self.down.out.event(Event::Reconnecting { attempt, delay }),
            None => {}
        }
        if plan.is_none() && self.config.reconnection.is_some() {
            self.down.out.event(Event::ReconnectFailed);
        }
    }

    /// A packet that broke the rules ends the connection.
    fn judge(&mut self, now: Time, taken: Result<(), Malformed>) {
        if let Err(malformed) = taken {
            self.down.out.event(Event::Malformed(malformed));
            self.down.engine.close(now, &mut self.down.out);
            // A server that restores the session would send the same packet again, at every connection.
            self.namespaces.forget_recovery();
            self.closed(now, Reason::ParseError);
        }
        self.close_if_unused(now);
    }

    fn take_text(&mut self, now: Time, text: Text<'_, P>) -> Result<(), Malformed> {
        if !self.decoder.expects_text() {
            return Err(Malformed::TextForBinary);
        }
        let parsed = Head::parse(text.head);
        self.watch_for_signs(now, &parsed, text.payload.size());
        // An unknown dialect has just become known: only a 2.x server speaks first.
        let dialect = self.down.engine.dialect().unwrap_or(Dialect::V3);
        let head = match parsed {
            Err(Malformed::UnknownType) if dialect.ignores_unknown_packets() => return Ok(()),
            parsed => parsed?,
        };
        let whole = self
            .decoder
            .text(text, &head, dialect, &self.config, &self.namespaces)?;
        self.take_whole(now, whole)
    }

    fn take_attachment(&mut self, now: Time, payload: P) -> Result<(), Malformed> {
        let whole = self.decoder.binary(payload, &self.config)?;
        self.take_whole(now, whole)
    }

    fn take_whole(&mut self, now: Time, whole: Option<Whole<P>>) -> Result<(), Malformed> {
        let Some(whole) = whole else { return Ok(()) };
        self.with_scene(now, |namespaces, scene, down| {
            namespaces.handle(whole, scene, down)
        })
        .unwrap_or(Ok(()))
    }

    /// A 2.x server gives itself away: it speaks before it is asked, and its CONNECT for `/` is bare. A later one's
    /// has the id in it.
    fn watch_for_signs(&mut self, now: Time, parsed: &Result<Head<'_>, Malformed>, size: usize) {
        let unasked = self.down.engine.is_open() && self.down.engine.dialect().is_none();
        let sign = match parsed {
            _ if unasked => Dialect::V3,
            Ok(head) if head.kind != PacketType::Connect => return,
            Ok(head) if head.len < size => Dialect::V4,
            Ok(head) if head.namespace == "/" => Dialect::V3,
            _ => return,
        };
        if self.down.engine.sign(sign) {
            self.begin(now);
        }
    }

    /// Closes the connection when no namespace needs it: for good, not to come back.
    fn close_if_unused(&mut self, now: Time) {
        if self.is_wanted() {
            return;
        }
        self.comeback.cancel();
        if self.down.engine.is_closed() {
            return;
        }
        let was_open = self.down.engine.is_open();
        self.down.engine.close(now, &mut self.down.out);
        self.decoder.reset();
        self.namespaces
            .handle_closed(Reason::ForcedClose, false, &mut self.down);
        if was_open {
            self.down.out.event(Event::Closed(Reason::ForcedClose));
        }
    }

    /// Calls `f` with what the engine knows, if it is open and the dialect known.
    fn with_scene<R>(
        &mut self,
        now: Time,
        f: impl FnOnce(&mut Namespaces<P>, &Scene<'_>, &mut Down<P>) -> R,
    ) -> Option<R> {
        let dialect = self.down.engine.dialect()?;
        let engine_sid = self.down.engine.sid()?;
        let scene = Scene {
            now,
            dialect,
            engine_sid: &engine_sid,
            config: &self.config,
        };
        Some(f(&mut self.namespaces, &scene, &mut self.down))
    }
}
