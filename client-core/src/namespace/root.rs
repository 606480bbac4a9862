//! `/` on a 2.x server: the server connects it by itself, and the other namespaces wait for it.

use alloc::vec::Vec;

use super::decoder::DecodedPacket;
use super::phase::ConnectStage;
use super::socket::{SessionInfo, Socket};
use super::{Namespaces, Root};
use crate::cx::Cx;
use crate::output::{Message, PacketSink};
use crate::payload::Payload;
use crate::wire::head::PacketType;

impl<P: Payload> Namespaces<P> {
    /// Connects `/`: it comes by itself, is there already, or must be asked for again.
    pub(super) fn begin_root(
        &mut self,
        at: usize,
        session: &SessionInfo,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        let socket = &mut self.sockets[at];
        socket.start_connecting(ConnectStage::Reply, cx);
        match self.root {
            Root::Expected => {}
            Root::Joined => socket.on_connected(session.engine_sid.clone(), None, cx),
            Root::Left => {
                self.root = Root::Expected;
                socket.send_connect(true, None, cx.out);
            }
        }
    }

    /// Connects any other namespace, once `/` is connected: while `/` is still in its middleware, the server forgets the
    /// namespace's query (EGG.md, quirk 5).
    pub(super) fn begin_behind_root(&mut self, at: usize, cx: &mut Cx<'_, impl PacketSink<P>>) {
        let socket = &mut self.sockets[at];
        match self.root {
            Root::Joined => {
                socket.start_connecting(ConnectStage::Root, cx);
                socket.connect_with_query(cx);
            }
            Root::Expected | Root::Left => socket.start_connecting(ConnectStage::Root, cx),
        }
        if self.root == Root::Left {
            self.root = Root::Expected;
            let connect = Message::header_only(PacketType::Connect, "/".into());
            cx.out.send(connect, Vec::new());
        }
    }

    /// Passes a packet of `/` on to the namespaces that depend on it, whether or not `/` itself is wanted.
    pub(super) fn watch_root(
        &mut self,
        packet: &DecodedPacket<P>,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) {
        match packet.kind {
            PacketType::Connect => {
                self.root = Root::Joined;
                for socket in self
                    .others()
                    .filter(|socket| socket.stage() == Some(ConnectStage::Root))
                {
                    socket.connect_with_query(cx);
                }
            }
            PacketType::ConnectError => {
                if self.root == Root::Expected {
                    self.root = Root::Left;
                }
                for socket in self.others() {
                    socket.on_root_error(packet.payload.as_ref().map(P::clone_ref), cx.out);
                }
            }
            PacketType::Disconnect => {
                self.root = Root::Left;
                for socket in self.others() {
                    socket.on_root_disconnect(cx.out);
                }
            }
            _ => {}
        }
    }

    fn others(&mut self) -> impl Iterator<Item = &mut Socket<P>> {
        self.sockets
            .iter_mut()
            .filter(|socket| &*socket.name != "/")
    }
}
