//! The task that owns the machine: feeds it commands, packets and time, and carries out its actions.

use std::collections::VecDeque;
use std::future::Future;
use std::mem::take;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Shared;
use tidewire_core::{Client as Machine, Time};

use super::attempt::Attempt;
use super::command::Command;
use super::failures::Failures;
use super::links::Links;
use super::namespace_entry::NamespaceEntry;
use super::pending_acks::PendingAcks;
use super::pending_callbacks::PendingCallbacks;
use super::pending_connects::PendingConnects;
use super::requests::Requests;
use super::resumption::Resumption;
use crate::connection_state::ConnectionState;
use crate::host;
use crate::host::time::{Clock, Instant, Sleep, sleep_until};
use crate::host::{Connector, Watch};
use crate::mailbox::Mailbox;
use crate::maybe_send::BoxFuture;

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
    /// The events of this turn from the server, and those to it.
    pub(super) received: u32,
    pub(super) sent: u32,
    /// When the ping was sent that has no answer yet.
    pub(super) pinged: Option<Instant>,
    /// The latest attempt to connect, until its stages are over.
    pub(super) attempt: Option<Box<Attempt>>,
    /// Commands taken from the mailbox and not handled yet.
    queued: VecDeque<Command>,
    pub(super) namespaces: Vec<NamespaceEntry>,
    pub(super) links: Links,
    /// Created by the first request.
    pub(super) requests: Option<Box<Requests>>,
    timer: Option<Pin<Box<Sleep>>>,
    pub(super) pending_acks: PendingAcks,
    pub(super) pending_connects: PendingConnects,
    pub(super) callbacks: PendingCallbacks,
    pub(super) failures: Failures,
    /// Closes the links that were given up.
    pub(super) closing: Option<Closing>,
    /// Whether the last handle was dropped.
    handles_gone: bool,
    /// Whether the last session has ended although the application did not ask for it.
    pub(super) is_lost: bool,
    pub(super) resumption: Resumption,
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

/// Packets that wait for a POST, at which no more commands are taken.
const MAX_BACKLOG: usize = 1024;

/// How long a peer may take to answer a close frame.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Driver {
    pub(crate) fn new(
        config: tidewire_core::Config,
        connector: Connector,
        commands: Arc<Mailbox<Command>>,
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
            received: 0,
            sent: 0,
            pinged: None,
            attempt: None,
            queued: VecDeque::new(),
            // Most clients have one namespace.
            namespaces: Vec::with_capacity(1),
            links: Links::default(),
            requests: None,
            timer: None,
            pending_acks: PendingAcks::default(),
            pending_connects: PendingConnects::default(),
            failures: Failures::default(),
            closing: None,
            handles_gone: false,
            is_lost: false,
            resumption: Resumption::default(),
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
        self.publish();
        self.deliver();
        if self.write(cx).is_ready() {
            // A write that failed has ended the connection.
            self.deliver();
        }
        if self.handles_gone {
            return Poll::Ready(());
        }
        if take(&mut self.repoll) || more || self.poll_timer(cx) {
            cx.waker().wake_by_ref();
        } else {
            self.give_memory_back();
        }
        Poll::Pending
    }

    /// Shows the handles what this turn has changed.
    fn publish(&mut self) {
        let state = &self.connector.state;
        let (received, sent) = (take(&mut self.received), take(&mut self.sent));
        state.meter.add_events(received, sent);
        if self.namespaces.iter().any(NamespaceEntry::may_buffer) || state.meter.has_offline() {
            let entries = self.namespaces.iter();
            let buffered = entries.map(|entry| self.machine.offline_len(entry.nsp));
            state.meter.set_offline(buffered.sum());
        }
    }

    pub(super) fn state(&self) -> &ConnectionState {
        &self.connector.state
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
        let paused = self.is_writing || self.links.is_flooded();
        let written = self.links.poll_write(cx);
        self.is_writing = written.is_pending();
        // Commands or frames were not taken before, and nothing else would end this pause.
        self.repoll |= paused && written.is_ready();
        written.map(|failed| {
            if let Some(event) = failed {
                self.handle_duplex_event(event);
            }
        })
    }

    /// The bytes that the machine or the network has taken from commands, and that are not sent yet.
    fn unsent(&self) -> usize {
        let requests = self.requests.as_ref();
        self.links.unsent()
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
        assert!(size_of::<Driver>() <= 936, "{}", size_of::<Driver>());
    }
}
