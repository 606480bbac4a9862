//! The task that owns the machine: it carries out the machine's actions and feeds it commands, packets and time.

mod asks;
mod commands;
mod link;
mod outputs;
mod waiters;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use tidewire_core::{Client as Machine, Frame, HEAD_LIMIT, Lost, Nsp, Time};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::auth::AuthResult;
use crate::channel::Channel;
use crate::command::Command;
use crate::error::TransportError;
use crate::event::Event;
use crate::mailbox::Mailbox;
use crate::transport::Opener;
use crate::transport::wire::Received;
use asks::Asks;
use link::{LinkNews, LinkState};
use waiters::Waiters;

/// A namespace as the driver knows it.
struct Lane {
    nsp: Nsp,
    channel: Arc<Channel>,
    /// Events of this turn, given to the listeners together.
    batch: Vec<Event>,
}

impl Lane {
    fn deliver(&mut self) {
        if !self.batch.is_empty() {
            self.channel.deliver(&mut self.batch);
        }
    }
}

type Authorizing = Pin<Box<dyn Future<Output = (Nsp, AuthResult)> + Send>>;

pub(crate) struct Driver {
    machine: Machine<Bytes>,
    start: Instant,
    /// When this turn began: one look at the clock serves all of it.
    now: Time,
    opener: Arc<Opener>,
    commands: Arc<Mailbox<Command>>,
    pending: VecDeque<Command>,
    lanes: Vec<Lane>,
    link: LinkState,
    timer: Option<Pin<Box<Sleep>>>,
    asks: Asks,
    waiters: Waiters,
    authorizing: FuturesUnordered<Authorizing>,
    /// Why the last attempt to open failed, which the machine does not know.
    last_error: Option<TransportError>,
    /// Links that are being closed.
    closing: Option<JoinHandle<()>>,
    handles_gone: bool,
    /// Something was begun in this turn that has not been polled yet.
    begun: bool,
}

/// How many frames are taken before their events are given out and other tasks get their turn.
const TURN: usize = 64;

/// How long a peer may take to answer a close before the connection ends all the same.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

impl Driver {
    pub(crate) fn new(
        config: tidewire_core::Config,
        opener: Opener,
        commands: Arc<Mailbox<Command>>,
    ) -> Driver {
        Driver {
            machine: Machine::new(config),
            start: Instant::now(),
            now: Time::ZERO,
            opener: Arc::new(opener),
            commands,
            pending: VecDeque::new(),
            lanes: Vec::new(),
            link: LinkState::None,
            timer: None,
            asks: Asks::default(),
            waiters: Waiters::default(),
            authorizing: FuturesUnordered::new(),
            last_error: None,
            closing: None,
            handles_gone: false,
            begun: false,
        }
    }

    /// Runs until the last handle is dropped, then closes politely.
    pub(crate) async fn run(mut self) {
        std::future::poll_fn(|cx| self.poll_turn(cx)).await;
        self.machine.close(self.now);
        self.take_outputs();
        for lane in &self.lanes {
            lane.channel.close();
        }
        if let Some(closing) = self.closing.take() {
            // The task cannot fail but by the runtime's end.
            let _ = closing.await;
        }
    }

    /// One turn: takes all that is there, gives out what comes of it, writes. Ready when the handles are gone.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.now = self.clock();
        let mut more = self.take_news(cx);
        self.take_auth(cx);
        more |= self.take_commands(cx);
        self.machine.handle_timeout(self.now);
        self.take_outputs();
        self.deliver();
        self.write(cx);
        if self.handles_gone {
            return Poll::Ready(());
        }
        if std::mem::take(&mut self.begun) || more || self.poll_timer(cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn clock(&self) -> Time {
        Time::from_millis(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Takes frames while there are some and every listener has room. Returns whether there may be more.
    fn take_news(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..TURN {
            if self
                .lanes
                .iter()
                .any(|lane| lane.channel.poll_room(cx).is_pending())
            {
                return false;
            }
            match self.link.poll_news(cx) {
                Poll::Pending => return false,
                Poll::Ready(news) => self.handle_news(news),
            }
        }
        true
    }

    fn handle_news(&mut self, news: LinkNews) {
        match news {
            LinkNews::Opened(link) => self.machine.handle_opened(self.now, link),
            LinkNews::OpenFailed(link, error) => {
                self.last_error = Some(error);
                self.machine.handle_lost(self.now, link, Lost::Failed);
            }
            LinkNews::Received(link, Received::Text(text)) => {
                let shown = text.clone();
                self.machine
                    .handle_packet(self.now, link, Frame::text(head(&shown), text));
            }
            LinkNews::Received(link, Received::Binary(bytes)) => {
                let shown = bytes.clone();
                self.machine
                    .handle_packet(self.now, link, Frame::binary(head(&shown), bytes));
            }
            LinkNews::Received(link, Received::Closed) => {
                self.machine.handle_lost(self.now, link, Lost::Closed);
            }
            LinkNews::Received(link, Received::Broken(error)) => {
                tracing::debug!(target: "tidewire", "the connection broke: {error}");
                self.last_error = Some(error);
                self.machine.handle_lost(self.now, link, Lost::Failed);
            }
        }
    }

    fn take_auth(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some((nsp, auth))) = Pin::new(&mut self.authorizing).poll_next(cx) {
            self.authorize(nsp, auth);
        }
    }

    /// Takes commands, unless what they led to before could not be written yet. Returns whether there may be more.
    fn take_commands(&mut self, cx: &mut Context<'_>) -> bool {
        if self.link.poll_write(cx).is_pending() {
            return false;
        }
        match self.commands.poll_take(cx, &mut self.pending) {
            Poll::Pending => false,
            Poll::Ready(false) => {
                self.handles_gone = true;
                false
            }
            Poll::Ready(true) => {
                while let Some(command) = self.pending.pop_front() {
                    self.handle_command(command);
                }
                true
            }
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Poll::Ready(Some(news)) = self.link.poll_write(cx) {
            self.handle_news(news);
            self.take_outputs();
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        self.lanes.iter_mut().for_each(Lane::deliver);
    }

    /// Sets the timer to the machine's next deadline. Returns whether that is over already.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(due) = self.machine.next_timeout() else {
            self.timer = None;
            return false;
        };
        let at = self.start + Duration::from_millis(due.as_millis());
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx).is_ready()
    }
}

/// The front of a packet, which the machine reads.
fn head(packet: &Bytes) -> &[u8] {
    &packet[..packet.len().min(HEAD_LIMIT)]
}
