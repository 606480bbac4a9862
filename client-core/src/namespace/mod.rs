//! Socket.IO: the namespaces of one connection. Knows packets and who wants what, not what carries them.

mod acks;
mod decoder;
mod emits;
mod offline;
mod recovery;
mod retries;
mod socket;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub(crate) use decoder::{DecodedPacket, Decoder, NamespaceLookup, SessionIds, TextFrame};
pub use emits::{Ack, Delivery, Emit};
use socket::{ConnectStage, Phase, Socket};

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::error::{Misuse, Reason};
use crate::output::{AckId, Event, Message, Nsp, PacketSink, Refusal, Reply};
use crate::payload::Payload;
use crate::time::{Time, earlier};
use crate::wire::head::{Malformed, PacketType};

/// What the layer below knows while a packet is handled.
pub(crate) struct Scene<'a> {
    pub(crate) now: Time,
    pub(crate) engine_version: EngineVersion,
    /// Engine.IO's session id, of which a 2.x server makes the ids of namespaces.
    pub(crate) engine_sid: &'a str,
    pub(crate) config: &'a Config,
}

/// `/` on a 2.x server, which connects it by itself, wanted or not, before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// The server will say when.
    Expected,
    Joined,
    /// Left on request: the server must be asked for it again.
    Left,
}

#[derive(Debug)]
pub(crate) struct Namespaces<P> {
    sockets: Vec<Socket<P>>,
    root: Root,
}

impl<P: Payload> Namespaces<P> {
    pub(crate) fn new() -> Self {
        Namespaces {
            sockets: Vec::new(),
            root: Root::Expected,
        }
    }

    // ---- commands ----

    /// The namespace called `name`, new if it is not known yet.
    pub(crate) fn open(&mut self, name: &str, query: Option<&str>) -> Nsp {
        if let Some(nsp) = self.find(name) {
            return nsp;
        }
        // Memory ends before a `u32` does.
        let nsp = Nsp(u32::try_from(self.sockets.len()).unwrap_or(u32::MAX));
        self.sockets
            .push(Socket::new(nsp, name.into(), query.map(Into::into)));
        nsp
    }

    /// Wants a namespace. The way in starts with [`Namespaces::begin`], or when the answer to an earlier CONNECT has
    /// come, if it does so before `deadline`.
    pub(crate) fn want(&mut self, nsp: Nsp, deadline: Option<Time>) {
        let socket = self.socket(nsp);
        match socket.phase {
            Phase::Idle => socket.phase = Phase::Waiting,
            Phase::Disconnecting { again: false, .. } => {
                socket.phase = Phase::Disconnecting {
                    again: true,
                    deadline,
                };
            }
            _ => {}
        }
    }

    /// Starts every wanted namespace on its way in, as the server's generation wants it.
    pub(crate) fn begin(&mut self, scene: &Scene<'_>, sink: &mut impl PacketSink<P>) {
        for at in 0..self.sockets.len() {
            if matches!(self.sockets[at].phase, Phase::Waiting) {
                self.begin_one(at, scene, sink);
            }
        }
    }

    /// The application's answer to `AuthRequired`.
    pub(crate) fn authorize(
        &mut self,
        nsp: Nsp,
        auth: Option<P>,
        scene: &Scene<'_>,
        sink: &mut impl PacketSink<P>,
    ) {
        let socket = self.socket(nsp);
        if socket.stage() == Some(ConnectStage::Auth) {
            let with_payload = scene.engine_version.connects_with_payload();
            socket.advance(ConnectStage::Reply, answer_deadline(scene));
            socket.send_connect(!with_payload, auth.filter(|_| with_payload), sink);
        }
    }

    pub(crate) fn emit(
        &mut self,
        now: Time,
        nsp: Nsp,
        emit: Emit<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<Option<AckId>, Misuse> {
        self.socket(nsp).emit(now, emit, config, sink)
    }

    pub(crate) fn reply(
        &mut self,
        nsp: Nsp,
        reply: Reply,
        payload: P,
        attachments: Vec<P>,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<(), Misuse> {
        self.socket(nsp)
            .reply(reply, payload, attachments, config, sink)
    }

    pub(crate) fn cancel(
        &mut self,
        now: Time,
        nsp: Nsp,
        ack: AckId,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) {
        let socket = self.socket(nsp);
        socket.emits.cancel(ack);
        if socket.is_connected() {
            socket.emits.go_on(now, config, sink);
        }
    }

    pub(crate) fn clear_offline(&mut self, nsp: Nsp, sink: &mut impl PacketSink<P>) {
        self.socket(nsp).emits.clear(sink);
    }

    pub(crate) fn disconnect(&mut self, nsp: Nsp, sink: &mut impl PacketSink<P>) {
        let socket = self.socket(nsp);
        let left_root = socket.is_connected() && &*socket.name == "/";
        socket.disconnect(sink);
        if left_root {
            self.root = Root::Left;
        }
    }

    /// No lost session is restored: all begin anew.
    pub(crate) fn forget_recovery(&mut self) {
        self.sockets.iter_mut().for_each(Socket::forget_recovery);
    }

    pub(crate) fn disconnect_all(&mut self, sink: &mut impl PacketSink<P>) {
        for socket in &mut self.sockets {
            socket.disconnect(sink);
        }
    }

    // ---- handlers ----

    /// A complete packet.
    pub(crate) fn handle(
        &mut self,
        packet: DecodedPacket<P>,
        scene: &Scene<'_>,
        sink: &mut impl PacketSink<P>,
    ) -> Result<(), Malformed> {
        if packet.is_root && scene.engine_version.auto_connects_root() {
            self.watch_root(&packet, scene, sink);
        }
        let Some(nsp) = packet.nsp else { return Ok(()) };
        match packet.kind {
            PacketType::Connect => self.handle_connect(nsp, packet.session, scene, sink),
            PacketType::ConnectError => self.handle_error(nsp, packet.payload, scene, sink),
            PacketType::Disconnect => self.handle_disconnect(nsp, scene, sink),
            PacketType::Ack | PacketType::BinaryAck => {
                self.socket(nsp)
                    .receive_ack(scene.now, packet, scene.config, sink);
            }
            PacketType::Event | PacketType::BinaryEvent => {
                return self.socket(nsp).receive(packet, scene.config, sink);
            }
        }
        Ok(())
    }

    /// The connection is gone. Namespaces wait for the next one, if there will be one.
    pub(crate) fn handle_closed(
        &mut self,
        reason: Reason,
        returns: bool,
        sink: &mut impl PacketSink<P>,
    ) {
        self.root = Root::Expected;
        for socket in &mut self.sockets {
            let next = if returns && socket.is_active() {
                Phase::Waiting
            } else {
                Phase::Idle
            };
            if socket.is_connected() {
                socket.lose(reason, next, sink);
            } else {
                socket.phase = next;
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) {
        for socket in &mut self.sockets {
            socket.emits.expire(now, config, sink);
            if socket.is_overdue(now) {
                let (asked, for_root) = (socket.stage(), socket.waits_for_root());
                socket.on_refused(Refusal::Timeout, sink);
                if asked == Some(ConnectStage::Reply) {
                    // The answer may still come. Whoever wants the namespace again waits for it once more as long, then asks anew.
                    socket.phase = Phase::DISCONNECTING;
                }
                if for_root && self.root == Root::Expected {
                    // Asked for once more by whoever wants it next.
                    self.root = Root::Left;
                }
            }
        }
    }

    // ---- getters ----

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.sockets
            .iter()
            .map(Socket::next_timeout)
            .fold(None, earlier)
    }

    /// Whether any namespace needs the connection.
    pub(crate) fn any_active(&self) -> bool {
        self.sockets.iter().any(Socket::is_active)
    }

    /// Whether a lost session of any namespace can be recovered.
    pub(crate) fn any_recovers(&self) -> bool {
        self.sockets.iter().any(Socket::recovers)
    }

    /// What waits to be sent, the oldest first.
    pub(crate) fn offline(&self, nsp: Nsp) -> impl Iterator<Item = &P> {
        self.sockets
            .get(nsp.index())
            .into_iter()
            .flat_map(|socket| socket.emits.waiting())
    }

    pub(crate) fn is_connected(&self, nsp: Nsp) -> bool {
        self.sockets
            .get(nsp.index())
            .is_some_and(Socket::is_connected)
    }

    // ---- inside ----

    fn socket(&mut self, nsp: Nsp) -> &mut Socket<P> {
        // A `Nsp` comes from `open` of this client alone, and namespaces are never removed.
        &mut self.sockets[nsp.index()]
    }

    fn begin_one(&mut self, at: usize, scene: &Scene<'_>, sink: &mut impl PacketSink<P>) {
        let socket = &mut self.sockets[at];
        if scene.engine_version.connects_with_payload() {
            socket.start_connecting(ConnectStage::Auth, None);
            sink.event(Event::AuthRequired(socket.nsp));
        } else if &*socket.name == "/" {
            self.begin_root(at, scene, sink);
        } else {
            self.begin_behind_root(at, scene, sink);
        }
    }

    /// `/` on a 2.x server: it comes by itself, is there already, or must be asked for again.
    fn begin_root(&mut self, at: usize, scene: &Scene<'_>, sink: &mut impl PacketSink<P>) {
        let socket = &mut self.sockets[at];
        socket.start_connecting(ConnectStage::Reply, answer_deadline(scene));
        match self.root {
            Root::Expected => {}
            Root::Joined => {
                let id = scene.engine_sid.into();
                socket.on_connected(scene.now, id, None, scene.config, sink);
            }
            Root::Left => {
                self.root = Root::Expected;
                socket.send_connect(true, None, sink);
            }
        }
    }

    /// Any other namespace of a 2.x server: asked for once `/` is connected, for while `/` is still in its middleware
    /// the server forgets the namespace's query (EGG.md, quirk 5).
    fn begin_behind_root(&mut self, at: usize, scene: &Scene<'_>, sink: &mut impl PacketSink<P>) {
        let socket = &mut self.sockets[at];
        match self.root {
            Root::Joined => {
                socket.start_connecting(ConnectStage::Reply, answer_deadline(scene));
                socket.send_connect(true, None, sink);
            }
            Root::Expected | Root::Left => {
                socket.start_connecting(ConnectStage::Root, answer_deadline(scene));
            }
        }
        if self.root == Root::Left {
            self.root = Root::Expected;
            sink.send(Message::bare(PacketType::Connect, "/".into()), Vec::new());
        }
    }

    /// What happens to `/` of a 2.x server concerns those who wait for it, whether or not `/` itself is wanted.
    fn watch_root(
        &mut self,
        packet: &DecodedPacket<P>,
        scene: &Scene<'_>,
        sink: &mut impl PacketSink<P>,
    ) {
        match packet.kind {
            PacketType::Connect => {
                self.root = Root::Joined;
                for socket in self
                    .others()
                    .filter(|socket| socket.stage() == Some(ConnectStage::Root))
                {
                    socket.advance(ConnectStage::Reply, answer_deadline(scene));
                    socket.send_connect(true, None, sink);
                }
            }
            PacketType::ConnectError => {
                if self.root == Root::Expected {
                    self.root = Root::Left;
                }
                for socket in self.others() {
                    socket.on_root_error(packet.payload.as_ref().map(P::clone_ref), sink);
                }
            }
            PacketType::Disconnect => {
                self.root = Root::Left;
                for socket in self.others() {
                    socket.on_root_disconnect(sink);
                }
            }
            _ => {}
        }
    }

    /// All namespaces but `/`.
    fn others(&mut self) -> impl Iterator<Item = &mut Socket<P>> {
        self.sockets
            .iter_mut()
            .filter(|socket| &*socket.name != "/")
    }

    fn handle_connect(
        &mut self,
        nsp: Nsp,
        session: SessionIds,
        scene: &Scene<'_>,
        sink: &mut impl PacketSink<P>,
    ) {
        let socket = self.socket(nsp);
        match socket.phase {
            Phase::Disconnecting { again, .. } => {
                disconnect_unwanted(socket, sink);
                if &*socket.name == "/" {
                    self.root = Root::Left;
                }
                if again {
                    self.begin_one(nsp.index(), scene, sink);
                }
            }
            // Later than anybody waits. `/` of a 2.x server comes unasked.
            Phase::Idle if !(scene.engine_version.auto_connects_root() && &*socket.name == "/") => {
                disconnect_unwanted(socket, sink);
            }
            Phase::Connecting(_) => match connected_id(&socket.name, session.sid, scene) {
                Some(id) => socket.on_connected(scene.now, id, session.pid, scene.config, sink),
                None => socket.on_refused(Refusal::WrongVersion, sink),
            },
            _ => {}
        }
    }

    fn handle_error(
        &mut self,
        nsp: Nsp,
        payload: Option<P>,
        scene: &Scene<'_>,
        sink: &mut impl PacketSink<P>,
    ) {
        let socket = self.socket(nsp);
        match socket.phase {
            Phase::Connecting(_) => socket.on_refused(Refusal::Server(payload), sink),
            Phase::Connected if scene.engine_version.errors_while_connected() => {
                sink.event(Event::ServerError { nsp, payload });
            }
            Phase::Disconnecting { again, .. } => {
                socket.phase = Phase::Idle;
                if again {
                    self.begin_one(nsp.index(), scene, sink);
                }
            }
            _ => {}
        }
    }

    fn handle_disconnect(&mut self, nsp: Nsp, scene: &Scene<'_>, sink: &mut impl PacketSink<P>) {
        let socket = self.socket(nsp);
        match socket.phase {
            Phase::Connected => socket.lose(Reason::ServerDisconnect, Phase::Idle, sink),
            Phase::Connecting(_) => {
                let asked = socket.stage() == Some(ConnectStage::Reply);
                socket.on_refused(Refusal::Server(None), sink);
                if asked && scene.engine_version.always_answers_connect() {
                    // It was of the connection before, and the answer is still to come.
                    socket.phase = Phase::DISCONNECTING;
                }
            }
            _ => {}
        }
    }
}

impl<P: Payload> NamespaceLookup for Namespaces<P> {
    fn find(&self, name: &str) -> Option<Nsp> {
        self.sockets
            .iter()
            .find(|socket| &*socket.name == name)
            .map(|socket| socket.nsp)
    }

    fn recovers(&self, nsp: Nsp) -> bool {
        self.sockets.get(nsp.index()).is_some_and(Socket::recovers)
    }
}

/// Leaves a namespace that was granted after it was no longer wanted.
fn disconnect_unwanted<P: Payload>(socket: &mut Socket<P>, sink: &mut impl PacketSink<P>) {
    socket.phase = Phase::Idle;
    socket.send_disconnect(sink);
}

fn answer_deadline(scene: &Scene<'_>) -> Option<Time> {
    scene.config.connect_timeout.map(|span| scene.now + span)
}

/// The id that goes with a CONNECT: in its payload, or (2.x) made of the engine's.
fn connected_id(name: &str, sid: Option<Arc<str>>, scene: &Scene<'_>) -> Option<Arc<str>> {
    if scene.engine_version.connects_with_payload() {
        return sid;
    }
    if name == "/" {
        return Some(scene.engine_sid.into());
    }
    let mut id = String::from(name);
    id.push('#');
    id.push_str(scene.engine_sid);
    Some(id.into())
}
