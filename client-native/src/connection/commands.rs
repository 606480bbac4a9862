//! The driver's handling of commands from the handles.

use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{Ack, AckId, Delivery, Emit, EngineVersion, Hint, Misuse, Nsp};
use tokio::sync::oneshot;

use super::command::{AckFailure, AckReply, Command, ConnectWaiter, RequestId};
use super::driver::Driver;
use super::namespace_entry::{NamespaceEntry, Status};
use crate::args::{self, Encoded};
use crate::auth::{AuthResult, query_with_auth};
use crate::error::{ConnectError, EmitError, Ended, SocketError};
use crate::event::{Event, OutgoingReply};
use crate::host::{self, FrameBlock};
use crate::meter::Count;

// A `send` on a oneshot fails only if the caller has dropped its future, which is not an error here.
impl Driver {
    pub(super) fn handle_command(&mut self, command: Command) {
        match command {
            Command::Register(state) => {
                let nsp = self.machine.namespace(&state.name, state.query.as_deref());
                self.namespaces.push(NamespaceEntry::new(nsp, state));
            }
            Command::Connect { index, waiter } => self.handle_connect(self.nsp(index), waiter),
            Command::Disconnect { index, reply_tx } => self.handle_disconnect(index, reply_tx),
            Command::Emit {
                index,
                emit,
                reply_tx,
            } => self.handle_emit(index, emit, reply_tx),
            Command::Events {
                index,
                block,
                count,
            } => self.handle_events(index, block, count),
            Command::EmitWithAck {
                index,
                emit,
                request_id,
                reply_tx,
            } => self.handle_emit_with_ack(index, emit, request_id, reply_tx),
            Command::CancelAck(request_id) => {
                if let Some((nsp, ack)) = self.pending_acks.remove(request_id) {
                    self.machine.cancel(self.now, nsp, ack);
                }
            }
            Command::Reply(OutgoingReply {
                index,
                reply,
                content,
                reply_tx,
            }) => {
                let Encoded { json, attachments } = content;
                let nsp = self.nsp(index);
                let sent = self.machine.reply(self.now, nsp, reply, json, attachments);
                let _ = reply_tx.send(sent.map_err(EmitError::Refused));
            }
            Command::ClearOffline { index } => self.machine.clear_offline(self.nsp(index)),
            Command::ListOffline { index, reply_tx } => {
                let buffered = self.machine.offline(self.nsp(index));
                let names = buffered
                    .map(|payload| args::event_name_or_empty(&String::from_utf8_lossy(payload)));
                let _ = reply_tx.send(names.collect());
            }
            Command::AwaitEnd { index, reply_tx } => self.namespaces[index].await_end(reply_tx),
            Command::Hint(hint) => self.handle_hint(hint),
            Command::Close { reply_tx } => self.handle_close(reply_tx),
        }
    }

    fn handle_hint(&mut self, hint: Hint) {
        if hint == Hint::Foreground {
            self.resumption.note(self.now);
        }
        self.machine.handle_hint(self.now, hint);
        if hint == Hint::Offline {
            // Nothing reaches the peer of the session that this has ended.
            self.take_outputs_closing_within(Duration::ZERO);
        }
    }

    /// Passes the application's auth payload on (in the query, if the server is a 2.x one), or fails the namespace if the application has none.
    pub(super) fn authorize(&mut self, nsp: Nsp, auth: AuthResult) {
        match auth {
            Ok(auth) => {
                let is_old = self.machine.engine_version() == Some(EngineVersion::Eio3);
                if let Some(json) = auth.as_deref().filter(|_| is_old) {
                    let state = &self.namespaces[nsp.index()].state;
                    let query = query_with_auth(state.query.as_deref(), json);
                    self.machine.namespace(&state.name, Some(&query));
                }
                self.machine.authorize(self.now, nsp, auth);
            }
            Err(why) => {
                self.machine.disconnect(self.now, nsp);
                self.on_auth_failed(nsp, ConnectError::Auth(why));
            }
        }
    }

    /// Reports that the namespace will not be connected, and ends it.
    pub(super) fn fail_connect(&mut self, nsp: Nsp, error: ConnectError) {
        let entry = &mut self.namespaces[nsp.index()];
        entry.batch.push(Event::ConnectError(error.clone()));
        entry.deliver();
        self.end_connect(nsp, error);
    }

    /// Ends a namespace that was connecting, and fails the callers that wait for it.
    pub(super) fn end_connect(&mut self, nsp: Nsp, error: ConnectError) {
        self.namespaces[nsp.index()].end(Ended::Refused(error.clone()));
        self.pending_connects.settle(nsp, &Err(error));
    }

    fn handle_connect(&mut self, nsp: Nsp, waiter: Option<ConnectWaiter>) {
        let single_attempt = waiter.as_ref().is_some_and(|waiter| !waiter.keep_trying);
        if let Some(waiter) = waiter {
            self.pending_connects.add(nsp, waiter);
        }
        if self.machine.is_connected(nsp) {
            self.pending_connects.settle(nsp, &Ok(()));
            return;
        }
        self.failures.forget_refusal();
        self.state().set_closed(false);
        let entry = &mut self.namespaces[nsp.index()];
        entry.state.set_wanted();
        entry.keep_trying |= !single_attempt;
        if entry.status == Status::Connecting && !single_attempt {
            // The pauses between attempts stay as they are.
            return;
        }
        if entry.status == Status::Disconnected {
            entry.refusals = None;
        }
        entry.start_connecting();
        self.machine.connect(self.now, nsp);
    }

    fn handle_disconnect(&mut self, index: usize, reply_tx: oneshot::Sender<()>) {
        let nsp = self.nsp(index);
        if !self.machine.is_connected(nsp) {
            // A connected namespace ends with its event; another one has none.
            self.namespaces[index].end(Ended::Closed);
        }
        self.machine.disconnect(self.now, nsp);
        self.pending_connects
            .settle(nsp, &Err(ConnectError::Closed));
        // Before the reply, so that the caller sees the socket disconnected.
        self.take_outputs();
        let _ = reply_tx.send(());
    }

    fn handle_emit(
        &mut self,
        index: usize,
        emit: Emit<Bytes>,
        mut reply_tx: Option<oneshot::Sender<Result<(), EmitError>>>,
    ) {
        if let Some(reply_tx) = reply_tx.take_if(|_| self.is_closed(index)) {
            // It waited for room while the client was closed.
            let _ = reply_tx.send(Err(EmitError::Closed));
            return;
        }
        let result = self.emit(self.nsp(index), emit);
        match (reply_tx, result) {
            (Some(reply_tx), result) => {
                let _ = reply_tx.send(result.map(|_| ()).map_err(EmitError::Refused));
            }
            (None, Err(misuse)) => {
                let error = Event::Error(SocketError::NotSent(misuse));
                self.namespaces[index].batch.push(error);
            }
            (None, Ok(_)) => {}
        }
    }

    /// Gives an event to the machine, and counts it if that drops it because it is volatile.
    fn emit(&mut self, nsp: Nsp, emit: Emit<Bytes>) -> Result<Option<AckId>, Misuse> {
        if emit.delivery != Delivery::Volatile {
            return self.machine.emit(self.now, nsp, emit);
        }
        // A timer that is due may end the connection.
        self.machine.handle_timeout(self.now);
        let is_sent = self.machine.sends_volatile(nsp);
        let result = self.machine.emit(self.now, nsp, emit);
        if result.is_ok() && !is_sent {
            self.state().meter.count(Count::DroppedVolatile);
        }
        result
    }

    /// Sends plain events. If their namespace is not connected over a WebSocket any more, the machine buffers them.
    fn handle_events(&mut self, index: usize, block: FrameBlock, count: u32) {
        let nsp = self.nsp(index);
        if let Some(link) = self.machine.websocket_for_events(self.now, nsp) {
            self.sent = self.sent.wrapping_add(count);
            return self.links.send_block(link, block);
        }
        let header = self.namespaces[index].state.event_header.len();
        for mut content in block.contents() {
            let emit = Emit {
                payload: content.split_off(header.min(content.len())),
                attachments: Vec::new(),
                ack: Ack::None,
                delivery: Delivery::Once,
                compress: true,
            };
            self.handle_emit(index, emit, None);
            self.take_outputs();
        }
    }

    fn handle_emit_with_ack(
        &mut self,
        index: usize,
        emit: Emit<Bytes>,
        request_id: RequestId,
        reply_tx: oneshot::Sender<Result<AckReply, AckFailure>>,
    ) {
        if self.is_closed(index) {
            let _ = reply_tx.send(Err(AckFailure::Emit(EmitError::Closed)));
            return;
        }
        let nsp = self.nsp(index);
        match self.emit(nsp, emit) {
            Ok(Some(ack)) => self.pending_acks.add(nsp, ack, request_id, reply_tx),
            Ok(None) => unreachable!("the machine gives an id to each emit that wants an ack"),
            Err(misuse) => {
                let _ = reply_tx.send(Err(AckFailure::Emit(EmitError::Refused(misuse))));
            }
        }
    }

    /// Whether the client was closed, and the namespace not told to connect since.
    fn is_closed(&self, index: usize) -> bool {
        self.namespaces[index].state.is_closed()
    }

    fn handle_close(&mut self, reply_tx: oneshot::Sender<()>) {
        self.state().set_closed(true);
        for entry in &self.namespaces {
            entry.state.set_closed();
        }
        self.machine.close(self.now);
        for entry in &mut self.namespaces {
            if entry.status == Status::Rejected {
                entry.status = Status::Connecting;
            }
        }
        self.give_up(&ConnectError::Closed);
        self.take_outputs();
        for entry in &mut self.namespaces {
            if !entry.has_ended() {
                entry.end(Ended::Closed);
            }
        }
        let closing = self.closing.clone();
        let closed = host::spawn(async move {
            if let Some(closing) = closing {
                closing.await;
            }
            let _ = reply_tx.send(());
        });
        // The task goes on by itself.
        drop(closed);
    }

    /// The machine's name for a namespace. Namespaces are registered in the order of their indexes, before other commands name
    /// them.
    fn nsp(&self, index: usize) -> Nsp {
        self.namespaces[index].nsp
    }
}
