//! Engine.IO: one connection at a time, from opening to its end. Knows packets and time, not what messages say.

mod carrier;
mod detection;
mod heartbeat;
mod session;

use alloc::sync::Arc;

use carrier::Carrier;
use detection::Detection;
use heartbeat::Beat;
use session::Session;

use crate::config::Config;
use crate::dialect::Dialect;
use crate::error::{OpenError, Reason};
use crate::output::{Action, Link, Outbox, Packet, Target, Transport};
use crate::payload::{Frame, FrameKind, Payload};
use crate::time::{Millis, Time};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

/// How a link ended, as the host saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It could not be opened, or it broke.
    Failed,
    /// The peer closed it, or the stream ended.
    Closed,
}

/// What the engine tells the layer above.
#[derive(Debug)]
pub(crate) enum News<'a, P> {
    /// The handshake is done.
    Opened,
    OpenFailed(OpenError),
    /// What is known of the server's generation has changed.
    DialectKnown,
    /// A Socket.IO packet, or its beginning `head`.
    Text {
        head: &'a [u8],
        payload: P,
    },
    /// An attachment.
    Binary(P),
    Closed(Reason),
}

#[derive(Debug)]
enum State {
    Closed,
    /// Until the handshake has come.
    Opening {
        link: Link,
        deadline: Option<Time>,
    },
    Open(Session),
}

#[derive(Debug)]
pub(crate) struct Engine {
    state: State,
    last_link: u32,
    /// What the last server turned out to be, to spare the next connection the wait.
    remembered: Option<Dialect>,
}

impl Engine {
    pub(crate) fn new() -> Engine {
        Engine {
            state: State::Closed,
            last_link: 0,
            remembered: None,
        }
    }

    // ---- commands ----

    /// Begins to open. Must be closed.
    pub(crate) fn open<P>(&mut self, now: Time, config: &Config, out: &mut Outbox<P>) {
        self.last_link = self.last_link.wrapping_add(1);
        let link = Link(self.last_link);
        let target = Target {
            transport: Transport::WebSocket,
            dialect: config.dialect.unwrap_or(Dialect::V4),
        };
        self.state = State::Opening {
            link,
            deadline: config.open_timeout.map(|span| now + span),
        };
        out.action(Action::Open { link, target });
    }

    /// Sends a packet if the session is open; a closed one has nobody to send to.
    pub(crate) fn send<P>(&mut self, packet: Packet<P>, out: &mut Outbox<P>) {
        if let State::Open(session) = &self.state {
            session.carrier.send(packet, out);
        }
    }

    /// Ends whatever there is.
    pub(crate) fn close<P>(&mut self, out: &mut Outbox<P>) {
        match core::mem::replace(&mut self.state, State::Closed) {
            State::Closed => {}
            State::Opening { link, .. } => out.action(Action::Drop { link }),
            State::Open(session) => session.carrier.drop_links(out),
        }
    }

    /// The layer above has seen a sign of the server's generation. Returns whether it is news.
    pub(crate) fn sign(&mut self, dialect: Dialect) -> bool {
        let State::Open(session) = &mut self.state else {
            return false;
        };
        let changed = session.sign(dialect);
        self.remembered = session.dialect();
        changed
    }

    // ---- handlers ----

    pub(crate) fn handle_packet<'a, P: Payload>(
        &mut self,
        now: Time,
        link: Link,
        frame: Frame<'a, P>,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> Option<News<'a, P>> {
        match &mut self.state {
            State::Opening { link: own, .. } if *own == link => {
                Some(self.handle_handshake(now, link, &frame, config, out))
            }
            State::Open(session) if session.carrier.has(link) => {
                let typed = session.dialect().is_some_and(Dialect::types_binary_frames);
                let Some((kind, skip)) = engine_type(&frame, typed) else {
                    return Some(self.fail(Reason::TransportError, out));
                };
                let dialect_is_news = session.heard(kind, now);
                if kind == EngineType::Ping {
                    self.remembered = session.dialect();
                }
                let news = deliver(session, kind, skip, frame, out);
                // The sign was a ping, which brings no other news.
                dialect_is_news.then_some(News::DialectKnown).or(news)
            }
            _ => None,
        }
    }

    pub(crate) fn handle_lost<P>(&mut self, link: Link, lost: Lost) -> Option<News<'static, P>> {
        let news = match &self.state {
            State::Opening { link: own, .. } if *own == link => {
                News::OpenFailed(OpenError::Transport)
            }
            State::Open(session) if session.carrier.has(link) => News::Closed(match lost {
                Lost::Failed => Reason::TransportError,
                Lost::Closed => Reason::TransportClose,
            }),
            _ => return None,
        };
        self.state = State::Closed;
        Some(news)
    }

    pub(crate) fn handle_timeout<P>(
        &mut self,
        now: Time,
        out: &mut Outbox<P>,
    ) -> Option<News<'static, P>> {
        match &mut self.state {
            State::Closed => None,
            State::Opening { deadline, .. } => (*deadline)?
                .le(&now)
                .then(|| self.fail_opening(OpenError::Timeout, out)),
            State::Open(session) => match session.expire_heartbeat(now) {
                Some(Beat::Dead) => Some(self.fail(Reason::PingTimeout, out)),
                Some(Beat::Ping) => {
                    session.carrier.send(Packet::Engine(EngineType::Ping), out);
                    None
                }
                None => session.expire_detection(now).then_some(News::DialectKnown),
            },
        }
    }

    // ---- getters ----

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        match &self.state {
            State::Closed => None,
            State::Opening { deadline, .. } => *deadline,
            State::Open(session) => session.next_timeout(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// The server's generation, once it is known.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match &self.state {
            State::Open(session) => session.dialect(),
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

    fn handle_handshake<'a, P>(
        &mut self,
        now: Time,
        link: Link,
        frame: &Frame<'_, P>,
        config: &Config,
        out: &mut Outbox<P>,
    ) -> News<'a, P> {
        let Some(handshake) = handshake_of(frame) else {
            return self.fail_opening(OpenError::Handshake, out);
        };
        let detection = self.begin_detection(now, &handshake, config);
        self.remembered = detection.dialect().or(self.remembered);
        self.state = State::Open(Session::new(
            Carrier::WebSocket(link),
            handshake,
            detection,
            now,
        ));
        News::Opened
    }

    fn begin_detection(&self, now: Time, handshake: &Handshake, config: &Config) -> Detection {
        match config.dialect {
            Some(dialect) => Detection::Certain(dialect),
            None if handshake.max_payload.is_some() => Detection::Certain(Dialect::V4),
            None if self.remembered == Some(Dialect::V4) => Detection::Assumed,
            None => Detection::Open {
                deadline: now + self.patience(config),
            },
        }
    }

    /// A server that turned out to be old is given more time to show that it still is: its `/` may be slow.
    fn patience(&self, config: &Config) -> Millis {
        match self.remembered {
            Some(Dialect::V3) => Millis(config.detection.0.saturating_mul(10)),
            _ => config.detection,
        }
    }

    fn fail<'a, P>(&mut self, reason: Reason, out: &mut Outbox<P>) -> News<'a, P> {
        self.close(out);
        News::Closed(reason)
    }

    fn fail_opening<'a, P>(&mut self, error: OpenError, out: &mut Outbox<P>) -> News<'a, P> {
        self.close(out);
        News::OpenFailed(error)
    }
}

/// The packet's type, and how many bytes of the frame it takes.
fn engine_type<P>(frame: &Frame<'_, P>, typed_binary: bool) -> Option<(EngineType, usize)> {
    match frame.kind {
        FrameKind::Text => Some((EngineType::from_digit(*frame.head.first()?)?, 1)),
        FrameKind::Binary if typed_binary => {
            Some((EngineType::of_binary(frame.head.first().copied()), 1))
        }
        FrameKind::Binary => Some((EngineType::Message, 0)),
    }
}

fn deliver<'a, P: Payload>(
    session: &Session,
    kind: EngineType,
    skip: usize,
    frame: Frame<'a, P>,
    out: &mut Outbox<P>,
) -> Option<News<'a, P>> {
    match kind {
        EngineType::Message => {
            let (skipped, head) = frame.head.split_at(skip);
            let payload = frame.payload.cut(skipped);
            Some(match frame.kind {
                FrameKind::Text => News::Text { head, payload },
                FrameKind::Binary => News::Binary(payload),
            })
        }
        // Engine.IO 4 alone has pings from the server, and asks for a pong to those alone.
        EngineType::Ping if session.dialect() == Some(Dialect::V4) => {
            session.carrier.send(Packet::Engine(EngineType::Pong), out);
            None
        }
        // A WebSocket's own close says it; the reference does not act on the packet either.
        _ => None,
    }
}

fn handshake_of<P>(frame: &Frame<'_, P>) -> Option<Handshake> {
    if frame.kind != FrameKind::Text {
        return None;
    }
    let (digit, object) = frame.head.split_first()?;
    if EngineType::from_digit(*digit)? != EngineType::Open {
        return None;
    }
    Handshake::parse(core::str::from_utf8(object).ok()?)
}
