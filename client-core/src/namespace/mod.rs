//! Socket.IO: the namespaces of one connection. Handles packets and who wants which namespace, not the transport.

mod acks;
mod decoder;
mod emit;
mod emits;
mod offline;
mod phase;
mod recovery;
mod retries;
mod root;
mod socket;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub(crate) use decoder::{DecodedPacket, Decoder, NamespaceLookup};
pub use emit::{Ack, Delivery, Emit};
use phase::{ConnectStage, Phase};
pub(crate) use socket::{SessionInfo, Socket};

use crate::cx::Cx;
use crate::error::Reason;
use crate::output::{Event, Nsp, PacketSink, Refusal};
use crate::payload::Payload;
use crate::time::{Time, earlier};
use crate::wire::head::{Malformed, PacketType};
use crate::wire::received::SessionIds;

/// The state of `/` on a 2.x server, which connects every client to it, wanted or not, before all other namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// The server has not sent its CONNECT yet.
    Expected,
    Joined,
    /// Disconnected: the client must ask the server for it again.
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

    /// Returns the namespace called `name`, and creates it if it is new. Sets its query if one is given.
    pub(crate) fn open(&mut self, name: &str, query: Option<&str>) -> Nsp {
        if let Some(nsp) = self.find(name) {
            if let Some(query) = query {
                self.get_mut(nsp).set_query(query);
            }
            return nsp;
        }
        // Memory ends before a `u32` does.
        let nsp = Nsp(u32::try_from(self.sockets.len()).unwrap_or(u32::MAX));
        if self.sockets.is_empty() {
            // Most clients have one namespace; `push` would make room for four.
            self.sockets.reserve_exact(1);
        }
        let mut socket = Socket::new(nsp, name.into());
        socket.set_query(query.unwrap_or_default());
        self.sockets.push(socket);
        nsp
    }

    /// Returns a namespace of this client.
    ///
    /// # Panics
    /// If only another client has returned `nsp`. (Namespaces are never removed.)
    pub(crate) fn get_mut(&mut self, nsp: Nsp) -> &mut Socket<P> {
        &mut self.sockets[nsp.index()]
    }

    /// Starts to connect every wanted namespace.
    pub(crate) fn begin(&mut self, session: &SessionInfo, cx: &mut Cx<'_, impl PacketSink<P>>) {
        for at in 0..self.sockets.len() {
            if matches!(self.sockets[at].phase, Phase::Waiting) {
                self.begin_one(at, session, cx);
            }
        }
    }

    pub(crate) fn disconnect(&mut self, nsp: Nsp, sink: &mut impl PacketSink<P>) {
        let socket = self.get_mut(nsp);
        let left_root = socket.is_connected() && &*socket.name == "/";
        socket.disconnect(sink);
        if left_root {
            self.root = Root::Left;
        }
    }

    pub(crate) fn disconnect_all(&mut self, sink: &mut impl PacketSink<P>) {
        for socket in &mut self.sockets {
            socket.disconnect(sink);
        }
    }

    /// Makes every namespace start a new session at the next CONNECT.
    pub(crate) fn forget_recovery(&mut self) {
        self.sockets.iter_mut().for_each(Socket::forget_recovery);
    }

    /// Gives back the memory of empty queues.
    pub(crate) fn shrink(&mut self) {
        for socket in &mut self.sockets {
            socket.emits.shrink();
        }
    }

    // ---- handlers ----

    /// Handles a complete packet.
    pub(crate) fn handle(
        &mut self,
        packet: DecodedPacket<P>,
        session: &SessionInfo,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<(), Malformed> {
        if packet.is_root && session.engine_version.auto_connects_root() {
            self.watch_root(&packet, cx);
        }
        let Some(nsp) = packet.nsp else { return Ok(()) };
        match packet.kind {
            PacketType::Connect => self.handle_connect(nsp, packet.ids, session, cx),
            PacketType::ConnectError => self.handle_error(nsp, packet.payload, session, cx),
            PacketType::Disconnect => self.handle_disconnect(nsp, session, cx.out),
            PacketType::Ack | PacketType::BinaryAck => self.get_mut(nsp).receive_ack(packet, cx),
            PacketType::Event | PacketType::BinaryEvent => {
                return self.get_mut(nsp).receive(packet, cx);
            }
        }
        Ok(())
    }

    /// Handles the end of the connection. Namespaces wait for the next one if `reconnects`.
    pub(crate) fn handle_closed(
        &mut self,
        reason: Reason,
        reconnects: bool,
        sink: &mut impl PacketSink<P>,
    ) {
        self.root = Root::Expected;
        for socket in &mut self.sockets {
            let next = if reconnects && socket.is_active() {
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
    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        for socket in &mut self.sockets {
            socket.emits.expire(cx);
            if socket.is_overdue(cx.now) {
                let (stage, waits_for_root) = (socket.stage(), socket.waits_for_root());
                socket.on_refused(Refusal::Timeout, cx.out);
                if stage == Some(ConnectStage::Reply) {
                    // The reply may still come: the next `connect` waits for it, up to the same timeout, before it asks anew.
                    socket.phase = Phase::DISCONNECTING;
                }
                if waits_for_root && self.root == Root::Expected {
                    // The next namespace that needs `/` asks for it.
                    self.root = Root::Left;
                }
            }
        }
    }

    // ---- getters ----

    pub(crate) fn get(&self, nsp: Nsp) -> Option<&Socket<P>> {
        self.sockets.get(nsp.index())
    }

    /// Returns the namespace with this exact name, if it is connected.
    pub(crate) fn connected(&mut self, name: &[u8]) -> Option<&mut Socket<P>> {
        let socket = self
            .sockets
            .iter_mut()
            .find(|socket| socket.name.as_bytes() == name)?;
        socket.is_connected().then_some(socket)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.sockets
            .iter()
            .map(Socket::next_timeout)
            .fold(None, earlier)
    }

    /// Returns whether any namespace needs the connection.
    pub(crate) fn any_active(&self) -> bool {
        self.sockets.iter().any(Socket::is_active)
    }

    /// Returns whether the server has promised to restore a lost session of any namespace.
    pub(crate) fn any_recovers(&self) -> bool {
        self.sockets.iter().any(Socket::recovers)
    }

    // ---- inside ----

    fn begin_one(&mut self, at: usize, session: &SessionInfo, cx: &mut Cx<'_, impl PacketSink<P>>) {
        let socket = &mut self.sockets[at];
        if session.engine_version.connects_with_payload() {
            socket.start_connecting(ConnectStage::Auth, cx);
            cx.out.event(Event::AuthRequired(socket.nsp));
        } else if &*socket.name == "/" {
            self.begin_root(at, session, cx);
        } else {
            self.begin_behind_root(at, cx);
        }
    }

    fn handle_connect(
        &mut self,
        nsp: Nsp,
        ids: SessionIds,
        session: &SessionInfo,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        let socket = self.get_mut(nsp);
        match socket.phase {
            Phase::Disconnecting { again, .. } => {
                disconnect_unwanted(socket, cx.out);
                if &*socket.name == "/" {
                    self.root = Root::Left;
                }
                if again {
                    self.begin_one(nsp.index(), session, cx);
                }
            }
            // A reply after the timeout. `/` of a 2.x server comes unasked.
            Phase::Idle
                if !(session.engine_version.auto_connects_root() && &*socket.name == "/") =>
            {
                disconnect_unwanted(socket, cx.out);
            }
            Phase::Connecting(_) => match connected_id(&socket.name, ids.sid, session) {
                Some(id) => socket.on_connected(id, ids.pid, cx),
                None => socket.on_refused(Refusal::WrongVersion, cx.out),
            },
            _ => {}
        }
    }

    fn handle_error(
        &mut self,
        nsp: Nsp,
        payload: Option<P>,
        session: &SessionInfo,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        let socket = self.get_mut(nsp);
        match socket.phase {
            Phase::Connecting(_) => socket.on_refused(Refusal::Server(payload), cx.out),
            Phase::Connected if session.engine_version.errors_while_connected() => {
                cx.out.event(Event::ServerError { nsp, payload });
            }
            Phase::Disconnecting { again, .. } => {
                socket.phase = Phase::Idle;
                if again {
                    self.begin_one(nsp.index(), session, cx);
                }
            }
            _ => {}
        }
    }

    fn handle_disconnect(
        &mut self,
        nsp: Nsp,
        session: &SessionInfo,
        sink: &mut impl PacketSink<P>,
    ) {
        let socket = self.get_mut(nsp);
        match socket.phase {
            Phase::Connected => socket.lose(Reason::ServerDisconnect, Phase::Idle, sink),
            Phase::Connecting(_) => {
                let asked = socket.stage() == Some(ConnectStage::Reply);
                socket.on_refused(Refusal::Server(None), sink);
                if asked && session.engine_version.always_answers_connect() {
                    // It belongs to the connection before; the reply to this CONNECT has not come yet.
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
        self.get(nsp).is_some_and(Socket::recovers)
    }
}

/// Leaves a namespace whose CONNECT came after it was no longer wanted.
fn disconnect_unwanted<P: Payload>(socket: &mut Socket<P>, sink: &mut impl PacketSink<P>) {
    socket.phase = Phase::Idle;
    socket.send_disconnect(sink);
}

/// Returns the id of a connected namespace: that in CONNECT's payload, or (2.x) one made of the engine's id.
fn connected_id(name: &str, sid: Option<Arc<str>>, session: &SessionInfo) -> Option<Arc<str>> {
    if session.engine_version.connects_with_payload() {
        return sid;
    }
    if name == "/" {
        return Some(session.engine_sid.clone());
    }
    let mut id = String::from(name);
    id.push('#');
    id.push_str(&session.engine_sid);
    Some(id.into())
}
