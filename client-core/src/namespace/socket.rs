//! One namespace: whether it is wanted, how far it has come, and what waits for it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::decoder::DecodedPacket;
use super::emits::{Emit, Emits};
use super::recovery::Recoverable;
use crate::config::Config;
use crate::error::{Misuse, Reason};
use crate::output::{AckId, Event, Incoming, Message, Nsp, PacketSink, Refusal, Reply};
use crate::payload::Payload;
use crate::time::{Time, earlier};
use crate::wire::head::{Malformed, PacketType};

/// How far a namespace has come.
#[derive(Debug)]
pub(crate) enum Phase<P> {
    /// Nobody wants it.
    Idle,
    /// Wanted, and there is no connection.
    Waiting,
    /// On its way in.
    Connecting(Connecting<P>),
    Connected,
    /// CONNECT was sent, and is no longer wanted. Its answer must be awaited all the same: a 4.x server closes the
    /// connection when it hears of a namespace that is still on its way. `again`: wanted after all, until `deadline`.
    Disconnecting {
        again: bool,
        deadline: Option<Time>,
    },
}

impl<P> Phase<P> {
    pub(crate) const DISCONNECTING: Phase<P> = Phase::Disconnecting {
        again: false,
        deadline: None,
    };
}

/// A namespace on its way in.
#[derive(Debug)]
pub(crate) struct Connecting<P> {
    pub(crate) stage: ConnectStage,
    pub(crate) deadline: Option<Time>,
    /// Events that came before CONNECT: a 2.x middleware sends such.
    early: Vec<Incoming<P>>,
    /// Their size.
    early_bytes: usize,
}

impl<P: Payload> Connecting<P> {
    /// Keeps an event that came before CONNECT.
    fn keep(&mut self, incoming: Incoming<P>, config: &Config) -> Result<(), Malformed> {
        let parts = incoming.payload.iter().chain(&incoming.attachments);
        let size = parts
            .map(Payload::size)
            .fold(self.early_bytes, usize::saturating_add);
        if self.early.len() >= config.early_events || size > config.max_packet_bytes {
            return Err(Malformed::TooManyEarlyEvents);
        }
        self.early_bytes = size;
        self.early.push(incoming);
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectStage {
    /// Until `/` is connected, which an old server does first.
    Root,
    /// Until the application has given the auth payload.
    Auth,
    /// Until the server has answered CONNECT.
    Reply,
}

#[derive(Debug)]
pub(crate) struct Socket<P> {
    pub(crate) nsp: Nsp,
    pub(crate) name: Arc<str>,
    query: Option<Arc<str>>,
    pub(crate) phase: Phase<P>,
    pub(crate) emits: Emits<P>,
    /// How a lost session could be restored.
    recovery: Recoverable,
    /// Counts connections, so that an answer meets only the connection that asked.
    session: u32,
}

impl<P: Payload> Socket<P> {
    pub(crate) fn new(nsp: Nsp, name: Arc<str>, query: Option<Arc<str>>) -> Self {
        Socket {
            nsp,
            emits: Emits::new(nsp, name.clone()),
            name,
            query,
            phase: Phase::Idle,
            recovery: Recoverable::default(),
            session: 0,
        }
    }

    // ---- commands ----

    /// Sends the event, keeps it for later, or (volatile) drops it.
    pub(crate) fn emit(
        &mut self,
        now: Time,
        emit: Emit<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<Option<AckId>, Misuse> {
        let connected = self.is_connected();
        self.emits.emit(now, emit, connected, config, sink)
    }

    /// Answers an event of the server's.
    pub(crate) fn reply(
        &mut self,
        reply: Reply,
        payload: P,
        attachments: Vec<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<(), Misuse> {
        if attachments.len() > config.max_attachments as usize {
            return Err(Misuse::TooManyAttachments);
        }
        if reply.session != self.session
            || !matches!(self.phase, Phase::Connecting(_) | Phase::Connected)
        {
            return Err(Misuse::StaleReply);
        }
        let message = Message {
            ack: Some(reply.id),
            ..self.message(PacketType::Ack, Some(payload))
        };
        sink.send(message, attachments);
        Ok(())
    }

    /// Leaves, in the way the phase allows.
    pub(crate) fn disconnect(&mut self, sink: &mut impl PacketSink<P>) {
        match &self.phase {
            Phase::Connected => {
                self.send_disconnect(sink);
                self.forget_recovery();
                self.lose(Reason::ClientDisconnect, Phase::Idle, sink);
            }
            Phase::Connecting(connecting) if connecting.stage == ConnectStage::Reply => {
                self.phase = Phase::DISCONNECTING;
            }
            Phase::Disconnecting { .. } => self.phase = Phase::DISCONNECTING,
            _ => self.phase = Phase::Idle,
        }
    }

    // ---- the way in ----

    /// Starts on the way in, at `stage`.
    pub(crate) fn start_connecting(&mut self, stage: ConnectStage, deadline: Option<Time>) {
        self.session = self.session.wrapping_add(1);
        self.phase = Phase::Connecting(Connecting {
            stage,
            deadline,
            early: Vec::new(),
            early_bytes: 0,
        });
    }

    /// Goes on to another stage of the way in.
    pub(crate) fn advance(&mut self, stage: ConnectStage, deadline: Option<Time>) {
        if let Phase::Connecting(connecting) = &mut self.phase {
            connecting.stage = stage;
            connecting.deadline = deadline;
        }
    }

    /// Asks the server for the namespace, with the query or the payload the Engine.IO version has room for.
    pub(crate) fn send_connect(
        &self,
        with_query: bool,
        auth: Option<P>,
        sink: &mut impl PacketSink<P>,
    ) {
        let query = self.query.clone().filter(|_| with_query);
        let recovery = self.recovery.ask().filter(|_| !with_query);
        // The object of the auth payload goes on where that of the recovery stops.
        let auth = match &recovery {
            Some(_) => auth
                .filter(|auth| auth.size() > 2)
                .map(|auth| auth.strip_head(b"{")),
            None => auth,
        };
        sink.send(
            Message {
                query,
                recovery,
                ..self.message(PacketType::Connect, auth)
            },
            Vec::new(),
        );
    }

    /// Tells the server that the namespace is left.
    pub(crate) fn send_disconnect(&self, sink: &mut impl PacketSink<P>) {
        sink.send(self.message(PacketType::Disconnect, None), Vec::new());
    }

    /// The server has let the namespace in: what waited is sent, then the application hears of it, then of the events
    /// that came too early.
    pub(crate) fn on_connected(
        &mut self,
        now: Time,
        id: Arc<str>,
        pid: Option<Arc<str>>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) {
        let Phase::Connecting(connecting) = core::mem::replace(&mut self.phase, Phase::Connected)
        else {
            return;
        };
        let recovered = self.recovery.on_connected(pid);
        self.emits.flush(now, config, sink);
        sink.event(Event::Connected {
            nsp: self.nsp,
            id,
            recovered,
        });
        for incoming in connecting.early {
            sink.event(Event::Message(incoming));
        }
    }

    /// The namespace is not to be had.
    pub(crate) fn on_refused(&mut self, refusal: Refusal<P>, sink: &mut impl PacketSink<P>) {
        self.phase = Phase::Idle;
        sink.event(Event::ConnectError {
            nsp: self.nsp,
            refusal,
        });
    }

    /// An error of `/` concerns all namespaces of a 2.x server: those that wait for it will not come, the connected
    /// ones hear of it (socket.io-client 2.5, `isRootNamespaceError`).
    pub(crate) fn on_root_error(&mut self, payload: Option<P>, sink: &mut impl PacketSink<P>) {
        match &self.phase {
            Phase::Connecting(connecting) if connecting.stage == ConnectStage::Root => {
                self.on_refused(Refusal::Server(payload), sink);
            }
            Phase::Connected => sink.event(Event::ServerError {
                nsp: self.nsp,
                payload,
            }),
            _ => {}
        }
    }

    /// A 2.x server that is rid of the client in `/` puts aside what is asked for then (`Client.connectBuffer`), and it cannot be
    /// known what came before. If it lets the namespace in later, it is told that nobody waits any more.
    pub(crate) fn on_root_disconnect(&mut self, sink: &mut impl PacketSink<P>) {
        match self.phase {
            Phase::Connecting(_) | Phase::Disconnecting { again: true, .. } => {
                self.on_refused(Refusal::Server(None), sink);
            }
            Phase::Disconnecting { again: false, .. } => self.phase = Phase::Idle,
            Phase::Idle | Phase::Waiting | Phase::Connected => {}
        }
    }

    // ---- packets ----

    /// An event from the server: passed on, or kept until the namespace is connected.
    pub(crate) fn receive(
        &mut self,
        packet: DecodedPacket<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<(), Malformed> {
        self.recovery.note(packet.offset);
        let incoming = Incoming {
            nsp: self.nsp,
            payload: packet.payload,
            attachments: packet.attachments,
            reply: packet.ack.map(|id| Reply {
                session: self.session,
                id,
            }),
        };
        match &mut self.phase {
            Phase::Connected => sink.event(Event::Message(incoming)),
            Phase::Connecting(connecting) => return connecting.keep(incoming, config),
            Phase::Idle | Phase::Waiting | Phase::Disconnecting { .. } => {}
        }
        Ok(())
    }

    /// An answer from the server. One that nobody awaits is ignored, as the reference does; so is one to an event that
    /// still waits to be sent.
    pub(crate) fn receive_ack(
        &mut self,
        now: Time,
        packet: DecodedPacket<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) {
        let Some(ack) = packet.ack.filter(|_| self.is_connected()) else {
            return;
        };
        if self.emits.settle(ack) {
            let DecodedPacket {
                payload,
                attachments,
                ..
            } = packet;
            sink.event(Event::Acked {
                nsp: self.nsp,
                ack,
                payload,
                attachments,
            });
            self.emits.go_on(now, config, sink);
        }
    }

    /// A connected namespace is so no more. Acks of what was sent are lost, and told after the disconnection.
    pub(crate) fn lose(&mut self, reason: Reason, next: Phase<P>, sink: &mut impl PacketSink<P>) {
        let reconnects = matches!(next, Phase::Waiting);
        self.phase = next;
        sink.event(Event::Disconnected {
            nsp: self.nsp,
            reason,
            reconnects,
        });
        self.emits.lose(sink);
    }

    // ---- time ----

    /// Whether the server has let the answer to CONNECT wait too long.
    pub(crate) fn is_overdue(&self, now: Time) -> bool {
        self.answer_deadline().is_some_and(|at| at <= now)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        earlier(self.emits.next_timeout(), self.answer_deadline())
    }

    // ---- getters ----

    /// Whether the connection is needed for this namespace.
    pub(crate) fn is_active(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Idle | Phase::Disconnecting { again: false, .. }
        )
    }

    /// A lost session is not restored: it begins anew.
    pub(crate) fn forget_recovery(&mut self) {
        self.recovery = Recoverable::default();
    }

    /// Whether the server has promised to restore a lost session.
    pub(crate) fn recovers(&self) -> bool {
        self.recovery.is_promised()
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected)
    }

    /// Whether `/` of a 2.x server is waited for that should long be there: by those behind it, or by itself for the second time.
    pub(crate) fn waits_for_root(&self) -> bool {
        match &self.phase {
            Phase::Connecting(connecting) => connecting.stage == ConnectStage::Root,
            Phase::Disconnecting { .. } => &*self.name == "/",
            _ => false,
        }
    }

    /// Where on its way in the namespace is, if it is on it.
    pub(crate) fn stage(&self) -> Option<ConnectStage> {
        match &self.phase {
            Phase::Connecting(connecting) => Some(connecting.stage),
            _ => None,
        }
    }

    // ---- inside ----

    fn message(&self, kind: PacketType, payload: Option<P>) -> Message<P> {
        Message {
            payload,
            ..Message::bare(kind, self.name.clone())
        }
    }

    fn answer_deadline(&self) -> Option<Time> {
        match &self.phase {
            Phase::Connecting(connecting) => connecting.deadline,
            Phase::Disconnecting { deadline, .. } => *deadline,
            _ => None,
        }
    }
}
