//! One namespace: its phase, its emits, and its recoverable session.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::decoder::DecodedPacket;
use super::emit::Emit;
use super::emits::Emits;
use super::phase::{ConnectStage, Connecting, Phase};
use super::recovery::Recoverable;
use crate::cx::Cx;
use crate::engine_version::EngineVersion;
use crate::error::{Misuse, Reason};
use crate::output::{AckId, Event, Incoming, Message, Nsp, PacketSink, Refusal, Reply};
use crate::payload::Payload;
use crate::time::{Time, earlier};
use crate::wire::head::{Malformed, PacketType};

/// The facts of an open session that namespaces need.
#[derive(Debug)]
pub(crate) struct SessionInfo {
    pub(crate) engine_version: EngineVersion,
    /// Engine.IO's session id, from which a 2.x server makes the ids of namespaces.
    pub(crate) engine_sid: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Socket<P> {
    pub(crate) nsp: Nsp,
    pub(crate) name: Arc<str>,
    query: Option<Arc<str>>,
    pub(crate) phase: Phase<P>,
    pub(crate) emits: Emits<P>,
    /// The lost session that the server may restore.
    recovery: Recoverable,
    /// Counts connections, so that a reply goes only to the connection that brought the event.
    session: u32,
}

impl<P: Payload> Socket<P> {
    pub(crate) fn new(nsp: Nsp, name: Arc<str>) -> Self {
        Socket {
            nsp,
            emits: Emits::new(nsp, name.clone()),
            name,
            query: None,
            phase: Phase::Idle,
            recovery: Recoverable::default(),
            session: 0,
        }
    }

    // ---- commands ----

    /// Sets the query of the next CONNECT to a 2.x server.
    pub(crate) fn set_query(&mut self, query: &str) {
        self.query = (!query.is_empty()).then(|| query.into());
    }

    /// Wants the namespace connected. It connects when `Namespaces::begin` is called next, or, if the reply to an earlier
    /// CONNECT has not come yet, after that reply, which must come before `deadline`.
    pub(crate) fn want(&mut self, deadline: Option<Time>) {
        match self.phase {
            Phase::Idle => self.phase = Phase::Waiting,
            Phase::Disconnecting { again: false, .. } => {
                self.phase = Phase::Disconnecting {
                    again: true,
                    deadline,
                };
            }
            _ => {}
        }
    }

    /// Sends CONNECT with the application's answer to `AuthRequired`.
    pub(crate) fn authorize(
        &mut self,
        auth: Option<P>,
        session: &SessionInfo,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        if self.stage() == Some(ConnectStage::Auth) {
            let with_payload = session.engine_version.connects_with_payload();
            self.await_reply(cx);
            self.send_connect(!with_payload, auth.filter(|_| with_payload), cx.out);
        }
    }

    pub(crate) fn emit(
        &mut self,
        emit: Emit<P>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<Option<AckId>, Misuse> {
        let connected = self.is_connected();
        self.emits.send_or_keep(emit, connected, cx)
    }

    /// Answers a server event.
    pub(crate) fn reply(
        &mut self,
        reply: Reply,
        payload: P,
        attachments: Vec<P>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<(), Misuse> {
        if attachments.len() > cx.config.max_attachments as usize {
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
        cx.out.send(message, attachments);
        Ok(())
    }

    /// Stops awaiting an ack, and sends the retried events that fit into the window now.
    pub(crate) fn cancel(&mut self, ack: AckId, cx: &mut Cx<'_, impl PacketSink<P>>) {
        self.emits.cancel(ack);
        if self.is_connected() {
            self.emits.fill_window(cx);
        }
    }

    /// Disconnects as the phase allows.
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

    // ---- connecting ----

    /// Starts to connect, at `stage`.
    pub(crate) fn start_connecting(
        &mut self,
        stage: ConnectStage,
        cx: &Cx<'_, impl PacketSink<P>>,
    ) {
        self.session = self.session.wrapping_add(1);
        let deadline = match stage {
            // The application may take its time.
            ConnectStage::Auth => None,
            ConnectStage::Root | ConnectStage::Reply => cx.deadline(cx.config.connect_timeout),
        };
        self.phase = Phase::Connecting(Connecting::new(stage, deadline));
    }

    /// Goes on to the stage in which the server must answer CONNECT.
    pub(crate) fn await_reply(&mut self, cx: &Cx<'_, impl PacketSink<P>>) {
        if let Phase::Connecting(connecting) = &mut self.phase {
            connecting.stage = ConnectStage::Reply;
            connecting.deadline = cx.deadline(cx.config.connect_timeout);
        }
    }

    /// Sends CONNECT with the query to a 2.x server, or asks the application for it first (`Config::auth_on_eio3`).
    pub(crate) fn connect_with_query(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        if !cx.config.auth_on_eio3 {
            self.await_reply(cx);
            return self.send_connect(true, None, cx.out);
        }
        if let Phase::Connecting(connecting) = &mut self.phase {
            connecting.stage = ConnectStage::Auth;
            // The application may take its time.
            connecting.deadline = None;
        }
        cx.out.event(Event::AuthRequired(self.nsp));
    }

    /// Sends CONNECT, with the query (2.x) or the auth payload (later servers).
    pub(crate) fn send_connect(
        &self,
        with_query: bool,
        auth: Option<P>,
        sink: &mut impl PacketSink<P>,
    ) {
        let query = self.query.clone().filter(|_| with_query);
        let recovery = self.recovery.request().filter(|_| !with_query);
        // The members of the auth payload follow those of the recovery, in one object.
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

    pub(crate) fn send_disconnect(&self, sink: &mut impl PacketSink<P>) {
        sink.send(self.message(PacketType::Disconnect, None), Vec::new());
    }

    /// Handles the server's CONNECT: sends buffered emits, tells the application, and then passes on the early events.
    pub(crate) fn on_connected(
        &mut self,
        id: Arc<str>,
        pid: Option<Arc<str>>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        let Phase::Connecting(connecting) = core::mem::replace(&mut self.phase, Phase::Connected)
        else {
            return;
        };
        let recovered = self.recovery.on_connected(pid);
        self.emits.flush(cx);
        cx.out.event(Event::Connected {
            nsp: self.nsp,
            id,
            recovered,
        });
        for incoming in connecting.early {
            cx.out.event(Event::Message(incoming));
        }
    }

    /// Gives the namespace up until the next `connect`.
    pub(crate) fn on_refused(&mut self, refusal: Refusal<P>, sink: &mut impl PacketSink<P>) {
        self.phase = Phase::Idle;
        sink.event(Event::ConnectError {
            nsp: self.nsp,
            refusal,
        });
    }

    /// Handles an error of `/` on a 2.x server: a namespace that waits for `/` is refused, a connected one reports the error
    /// (socket.io-client 2.5, `isRootNamespaceError`).
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

    /// Handles a disconnection of `/` by a 2.x server, which from then on queues CONNECTs (`Client.connectBuffer`).
    ///
    /// The client cannot know which CONNECTs arrived before. If the server connects the namespace later, it is sent a
    /// DISCONNECT.
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

    /// Handles a server event: passes it on, or keeps it until the namespace is connected.
    pub(crate) fn receive(
        &mut self,
        packet: DecodedPacket<P>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<(), Malformed> {
        self.recovery.note(packet.offset);
        let incoming = Incoming {
            nsp: self.nsp,
            payload: packet.payload,
            attachments: packet.attachments,
            reply: packet.ack.map(|id| self.reply_to(id)),
        };
        match &mut self.phase {
            Phase::Connected => cx.out.event(Event::Message(incoming)),
            Phase::Connecting(connecting) => return connecting.keep(incoming, cx.config),
            Phase::Idle | Phase::Waiting | Phase::Disconnecting { .. } => {}
        }
        Ok(())
    }

    /// Notes an event that needs no more than that, and has no attachments. Returns the token for its ack.
    pub(crate) fn take_plain_event(
        &mut self,
        ack: Option<AckId>,
        offset: impl FnOnce() -> Option<Arc<str>>,
    ) -> Option<Reply> {
        if self.recovers() {
            self.recovery.note(offset());
        }
        ack.map(|id| self.reply_to(id))
    }

    /// Handles a server ack. Ignores one that is not awaited, as the reference does, and one for an event that has not been
    /// sent yet.
    pub(crate) fn receive_ack(
        &mut self,
        packet: DecodedPacket<P>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
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
            cx.out.event(Event::Acked {
                nsp: self.nsp,
                ack,
                payload,
                attachments,
            });
            self.emits.fill_window(cx);
        }
    }

    /// Ends a connected namespace. The acks of sent events are lost, after the disconnection.
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

    /// Makes the next CONNECT start a new session.
    pub(crate) fn forget_recovery(&mut self) {
        self.recovery = Recoverable::default();
    }

    // ---- getters ----

    /// Returns whether the server has taken too long to answer CONNECT.
    pub(crate) fn is_overdue(&self, now: Time) -> bool {
        self.reply_deadline().is_some_and(|at| at <= now)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        earlier(self.emits.next_timeout(), self.reply_deadline())
    }

    /// Returns whether the namespace needs the connection.
    pub(crate) fn is_active(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Idle | Phase::Disconnecting { again: false, .. }
        )
    }

    /// Returns whether the server has promised to restore a lost session.
    pub(crate) fn recovers(&self) -> bool {
        self.recovery.is_promised()
    }

    /// Returns the token for the ack of an event on this connection.
    pub(crate) fn reply_to(&self, id: AckId) -> Reply {
        Reply {
            session: self.session,
            id,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected)
    }

    /// Returns whether the namespace waits for `/` of a 2.x server, which is overdue: a namespace behind it, or `/` itself the
    /// second time.
    pub(crate) fn waits_for_root(&self) -> bool {
        match &self.phase {
            Phase::Connecting(connecting) => connecting.stage == ConnectStage::Root,
            Phase::Disconnecting { .. } => &*self.name == "/",
            _ => false,
        }
    }

    /// Returns the stage of connecting, if the namespace is connecting.
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
            ..Message::header_only(kind, self.name.clone())
        }
    }

    fn reply_deadline(&self) -> Option<Time> {
        match &self.phase {
            Phase::Connecting(connecting) => connecting.deadline,
            Phase::Disconnecting { deadline, .. } => *deadline,
            _ => None,
        }
    }
}
