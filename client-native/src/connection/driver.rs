//! The task that owns the machine: feeds it commands, packets and time, and carries out its actions.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Shared;
use tidewire_core::{Client as Machine, EngineVersion, Link, Lost, Payload, Time};

use super::command::Command;
use super::namespace_entry::NamespaceEntry;
use super::pending_acks::PendingAcks;
use super::pending_callbacks::PendingCallbacks;
use super::pending_connects::PendingConnects;
use super::requests::{Requests, Response};
use super::state::ConnectionState;
use super::websocket::{WebSocketEvent, WebSocketState};
use crate::error::{ConnectError, TransportError};
use crate::frame;
use crate::host;
use crate::host::time::{Clock, Sleep, sleep_until};
use crate::host::{Connector, Watch};
use crate::mailbox::Mailbox;
use crate::maybe_send::BoxFuture;
use crate::polling_body;
use crate::received::Received;
use crate::text::Text;

pub(crate) struct Driver {
    pub(super) machine: Machine<Bytes>,
    clock: Clock,
    /// Gives hints of the platform to the mailbox of commands.
    _watch: Watch,
    /// When this turn began. The clock is read once a turn.
    pub(super) now: Time,
    /// The bytes that were read so far. It may wrap around.
    pub(super) read: usize,
    pub(super) connector: Arc<Connector>,
    pub(super) commands: Arc<Mailbox<Command>>,
    pub(super) state: Arc<ConnectionState>,
    /// Commands taken from the mailbox and not handled yet.
    queued: VecDeque<Command>,
    pub(super) namespaces: Vec<NamespaceEntry>,
    pub(super) websocket: WebSocketState,
    /// Created by the first request.
    pub(super) requests: Option<Box<Requests>>,
    timer: Option<Pin<Box<Sleep>>>,
    pub(super) pending_acks: PendingAcks,
    pub(super) pending_connects: PendingConnects,
    pub(super) callbacks: PendingCallbacks,
    /// Why the current link failed, in more detail than the machine knows.
    pub(super) last_error: Option<TransportError>,
    /// The first refusal of the current attempt, which says more than the machine knows, and more than the failure of the other
    /// version, for which the machine may ask then.
    pub(super) refusal: Option<TransportError>,
    /// Why the last attempt to connect failed.
    pub(super) last_failure: Option<Box<ConnectError>>,
    /// Closes the links that were given up.
    pub(super) closing: Option<Closing>,
    /// Whether the last handle was dropped.
    handles_gone: bool,
    /// Whether the log has the warning about a full inbox.
    pub(super) has_warned: bool,
    /// Whether the log has the warning about auth that a 2.x server was not sent.
    pub(super) has_warned_of_auth: bool,
    /// Whether frames could not be written when it was last tried.
    is_writing: bool,
    /// Whether this turn started a future that was not polled yet.
    pub(super) repoll: bool,
}

/// The end of links that are closing. Several callers may wait for it.
pub(super) type Closing = Shared<BoxFuture<'static, ()>>;

/// Frames taken in one turn, before their events are delivered and other tasks get their turn.
const BUDGET: usize = 64;

/// Bytes of frames taken in one turn, not counting the last frame: until they reach the inboxes, no limit covers them.
const BUDGET_BYTES: usize = 256 << 10;

/// Packets that wait for a POST, at which no more commands are taken.
const MAX_BACKLOG: usize = 1024;

/// How long a peer may take to answer a close frame.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Driver {
    pub(crate) fn new(
        config: tidewire_core::Config,
        connector: Connector,
        commands: Arc<Mailbox<Command>>,
        state: Arc<ConnectionState>,
    ) -> Driver {
        Driver {
            callbacks: PendingCallbacks::default(),
            machine: Machine::new(config),
            clock: Clock::new(),
            _watch: host::watch({
                let commands = commands.clone();
                move |hint| {
                    commands.force(vec![Command::Hint(hint)]);
                }
            }),
            now: Time::ZERO,
            read: 0,
            connector: Arc::new(connector),
            commands,
            state,
            queued: VecDeque::new(),
            // Most clients have one namespace.
            namespaces: Vec::with_capacity(1),
            websocket: WebSocketState::None,
            requests: None,
            timer: None,
            pending_acks: PendingAcks::default(),
            pending_connects: PendingConnects::default(),
            last_error: None,
            refusal: None,
            last_failure: None,
            closing: None,
            handles_gone: false,
            has_warned: false,
            has_warned_of_auth: false,
            is_writing: false,
            repoll: false,
        }
    }

    /// Runs until the last handle is dropped, then closes the connection.
    ///
    /// Boxed, because a future has room for its arguments twice.
    pub(crate) async fn run(mut self: Box<Self>) {
        std::future::poll_fn(|cx| self.poll_turn(cx)).await;
        self.machine.close(self.now);
        self.take_outputs();
        self.deliver();
        for entry in &self.namespaces {
            entry.state.close();
        }
        if let Some(closing) = self.closing.take() {
            closing.await;
        }
    }

    /// One turn: takes all input, delivers events, writes. Ready when the last handle is dropped.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.now = self.clock.now();
        let mut more = self.take_frames(cx);
        self.poll_callbacks(cx);
        more |= self.take_commands(cx);
        self.machine.handle_timeout(self.now);
        self.take_outputs();
        self.state.set_transport(self.machine.transport());
        self.deliver();
        if self.write(cx).is_ready() {
            // A write that failed has ended the connection.
            self.deliver();
        }
        if self.handles_gone {
            return Poll::Ready(());
        }
        if std::mem::take(&mut self.repoll) || more || self.poll_timer(cx) {
            cx.waker().wake_by_ref();
        } else {
            self.give_memory_back();
        }
        Poll::Pending
    }

    /// Frees what only a busy connection needs, before a pause.
    fn give_memory_back(&mut self) {
        self.machine.shrink();
        self.pending_acks.shrink();
        // A session on polling always has a poll in flight. Without any request, the connections are of no use.
        if self
            .requests
            .take_if(|requests| requests.is_empty())
            .is_some()
        {
            self.connector.close_idle();
        }
    }

    /// Whether reconnection is on.
    pub(super) fn reconnects(&self) -> bool {
        self.machine.config().reconnection.is_some()
    }

    /// Takes frames and responses, if it may read. Returns whether there may be more.
    fn take_frames(&mut self, cx: &mut Context<'_>) -> bool {
        // One check is enough: events of this turn reach the listeners at its end.
        if !self.may_read(cx) {
            return false;
        }
        let mut bytes = 0;
        for _ in 0..BUDGET {
            let response = self.poll_requests(cx);
            let event = self.websocket.poll_event(cx);
            if response.is_pending() && event.is_pending() {
                return false;
            }
            if let Poll::Ready((link, outcome)) = response {
                bytes += self.note_read(outcome.as_ref().map_or(0, Response::size));
                self.handle_response(link, outcome);
            }
            if let Poll::Ready(event) = event {
                bytes += self.note_read(event.size());
                self.handle_websocket_event(event);
            }
            if bytes >= BUDGET_BYTES {
                break;
            }
        }
        true
    }

    fn note_read(&mut self, size: usize) -> usize {
        self.read = self.read.wrapping_add(size);
        size
    }

    fn poll_requests(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<(Link, Result<Response, TransportError>)> {
        match &mut self.requests {
            Some(requests) => requests.poll_ended(cx),
            None => Poll::Pending,
        }
    }

    fn handle_response(&mut self, link: Link, outcome: Result<Response, TransportError>) {
        match outcome {
            Ok(Response::Packets(body, known)) => {
                if self.machine.transport().is_none() && body.contradicts(known) {
                    self.refusal.get_or_insert(TransportError::WrongVersion);
                }
                let version = body.version(known);
                let packets = body.frames(version);
                let frames = packets
                    .iter()
                    .map(|packet| packet.as_ref().map(polling_body::frame).map_err(|bad| *bad));
                self.machine
                    .handle_response(self.now, link, version, frames);
            }
            Ok(Response::Posted) => {
                // A response to a POST has no packets, so its version does not matter.
                let version = EngineVersion::Eio4;
                self.machine.handle_response(self.now, link, version, []);
            }
            Err(error) => self.handle_error(link, error),
        }
        self.take_outputs();
    }

    fn handle_websocket_event(&mut self, event: WebSocketEvent) {
        match event {
            WebSocketEvent::Opened(link) => self.machine.handle_opened(self.now, link),
            WebSocketEvent::OpenFailed(link, error) => self.handle_error(link, error),
            WebSocketEvent::Received(link, Received::Text(text)) => {
                let Some(text) = self.take_plain_event(link, text) else {
                    // It leaves no output.
                    return;
                };
                let (text, packet) = (Bytes::from(text.clone()), text);
                let packet = packet.as_str().as_bytes();
                let frame = frame::text(packet, text);
                self.machine.handle_packet(self.now, link, frame);
            }
            WebSocketEvent::Received(link, Received::Binary(bytes)) => {
                let packet = bytes.clone();
                let frame = frame::binary(&packet, bytes);
                self.machine.handle_packet(self.now, link, frame);
            }
            WebSocketEvent::Received(link, Received::Closed(code, text)) => {
                self.last_error = Some(TransportError::closed(code, &text));
                self.machine.handle_lost(self.now, link, Lost::Closed);
            }
            WebSocketEvent::Received(link, Received::Broken(error)) => {
                tracing::debug!(target: "tidewire", "the connection broke: {error}");
                self.handle_error(link, error);
            }
        }
        // After each frame, while outputs are few: the machine's queue keeps its largest size.
        self.take_outputs();
    }

    /// Takes most events, by the machine's fast lane. Returns a text that is anything else.
    fn take_plain_event(&mut self, link: Link, text: Text) -> Option<Text> {
        let packet = text.as_str().as_bytes();
        let frame = frame::text(packet, text.view());
        let Ok(event) = self.machine.take_event(self.now, link, frame) else {
            return Some(text);
        };
        let (nsp, reply) = (event.nsp, event.reply);
        if let Some(payload) = event.payload {
            let size = payload.size();
            self.on_message(nsp, text.last(size), Vec::new(), reply);
        }
        None
    }

    fn handle_error(&mut self, link: Link, error: TransportError) {
        let lost = error.lost();
        if lost == Lost::Refused {
            self.refusal.get_or_insert_with(|| error.clone());
        }
        self.last_error = Some(error);
        self.machine.handle_lost(self.now, link, lost);
    }

    /// Takes commands. While earlier ones cannot be written, it does so only for an urgent one. Returns whether there may
    /// be more.
    fn take_commands(&mut self, cx: &mut Context<'_>) -> bool {
        let is_stuck = self.write(cx).is_pending() || self.machine.backlog() > MAX_BACKLOG;
        let unsent = self.unsent();
        if is_stuck && self.commands.poll_urgent(unsent, cx).is_pending() {
            return false;
        }
        match self.commands.poll_take(unsent, &mut self.queued, cx) {
            Poll::Pending => false,
            Poll::Ready(None) => {
                self.handles_gone = true;
                false
            }
            Poll::Ready(Some(_)) => {
                while let Some(command) = self.queued.pop_front() {
                    self.handle_command(command);
                    self.take_outputs();
                }
                true
            }
        }
    }

    /// Writes frames. Pending while the peer does not read.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let paused = self.is_writing || self.websocket.is_flooded();
        let written = self.websocket.poll_write(cx);
        self.is_writing = written.is_pending();
        // Commands or frames were not taken before, and nothing else would end this pause.
        self.repoll |= paused && written.is_ready();
        written.map(|failed| {
            if let Some(event) = failed {
                self.handle_websocket_event(event);
            }
        })
    }

    /// The bytes that the machine or the network has taken from commands, and that are not sent yet.
    fn unsent(&self) -> usize {
        let requests = self.requests.as_ref();
        self.websocket.unsent()
            + self.machine.backlog_bytes()
            + requests.map_or(0, |requests| requests.unsent())
    }

    fn deliver(&mut self) {
        self.namespaces.iter_mut().for_each(NamespaceEntry::deliver);
    }

    /// Sets the timer to the next deadline. Returns whether that has passed already.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let due = self.machine.next_timeout();
        let due = due.map(|due| self.clock.instant(due));
        // Only requests leave connections behind.
        let idle_until = self
            .requests
            .as_ref()
            .and_then(|_| self.connector.expire_idle());
        let Some(at) = due.into_iter().chain(idle_until).min() else {
            self.timer = None;
            return false;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx).is_ready()
    }
}

impl Drop for Driver {
    /// Ends all handles and listeners, however the task ends: with its runtime, for example.
    fn drop(&mut self) {
        // A namespace that was not registered yet may have listeners, too.
        for command in self.queued.drain(..).chain(self.commands.abandon()) {
            if let Command::Register(state) = command {
                state.close();
            }
        }
        for entry in &self.namespaces {
            entry.state.close();
        }
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    // A process holds thousands of them. Box a field that only a busy connection needs.
    #[test]
    fn an_idle_connection_is_small() {
        assert!(
            size_of::<Machine<Bytes>>() <= 560,
            "{}",
            size_of::<Machine<Bytes>>()
        );
        assert!(size_of::<Driver>() <= 920, "{}", size_of::<Driver>());
    }
}
