//! The task that owns the machine: it carries out the machine's actions and feeds it commands, packets and time.

mod asks;
mod commands;
mod link;
mod outputs;
mod questions;
mod requests;
mod waiters;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{
    Backoff, Client as Machine, EngineVersion, Frame, HEAD_LIMIT, Link, Lost, Nsp, TAIL_LIMIT, Time,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::channel::Channel;
use crate::command::Command;
use crate::error::{ConnectError, TransportError};
use crate::event::Event;
use crate::mailbox::Mailbox;
use crate::status::Status;
use crate::transport::Opener;
use crate::transport::http::frame;
use crate::transport::wire::Received;
use asks::Asks;
use link::{LinkNews, LinkState};
use questions::Questions;
use requests::{Requests, Response};
use waiters::Waiters;

/// A namespace as the driver knows it.
struct Lane {
    nsp: Nsp,
    channel: Arc<Channel>,
    way: Way,
    /// How often the application was asked something: an answer to an earlier question comes too late.
    asked: u32,
    /// The server's refusals in a row, once there is one that the application is asked about.
    refusals: Option<Box<Backoff>>,
    /// Events of this turn, given to the listeners together.
    batch: Vec<Event>,
}

/// How far a namespace has come, as the machine's events tell it: who is on its way hears when an attempt fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Out,
    Joining,
    /// The server has refused, and the application is asked whether to try again after a pause.
    Refused,
    In,
    /// The connection it was on is lost; the machine has yet to say how it goes on.
    Lost,
}

impl Lane {
    fn new(nsp: Nsp, channel: Arc<Channel>) -> Lane {
        Lane {
            nsp,
            channel,
            way: Way::Out,
            asked: 0,
            refusals: None,
            batch: Vec::new(),
        }
    }

    fn deliver(&mut self) {
        if !self.batch.is_empty() {
            self.channel.deliver(std::mem::take(&mut self.batch));
        }
    }
}

pub(crate) struct Driver {
    machine: Machine<Bytes>,
    start: Instant,
    /// When this turn began: one look at the clock serves all of it.
    now: Time,
    opener: Arc<Opener>,
    commands: Arc<Mailbox<Command>>,
    status: Arc<Status>,
    pending: VecDeque<Command>,
    lanes: Vec<Lane>,
    link: LinkState,
    /// There once the session has polled.
    requests: Option<Box<Requests>>,
    timer: Option<Pin<Box<Sleep>>>,
    asks: Asks,
    waiters: Waiters,
    questions: Questions,
    /// Why the link at hand failed or broke, which the machine does not know.
    last_error: Option<TransportError>,
    /// Why the last attempt failed.
    last_failure: Option<ConnectError>,
    /// Whether the machine comes back by itself.
    returns: bool,
    /// Links that are being closed.
    closing: Option<JoinHandle<()>>,
    handles_gone: bool,
    /// Something was begun in this turn that has not been polled yet.
    begun: bool,
}

/// How many frames are taken before their events are given out and other tasks get their turn.
const TURN: usize = 64;

/// How many packets may wait for a POST before no more commands are taken.
const BACKLOG: usize = 1024;

/// How many bytes of frames are taken in one turn, the last frame excepted: they are not in the inboxes yet, and so not
/// within their bounds.
const TURN_BYTES: usize = 256 << 10;

/// How long a peer may take to answer a close before the connection ends all the same.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

impl Driver {
    pub(crate) fn new(
        config: tidewire_core::Config,
        opener: Opener,
        commands: Arc<Mailbox<Command>>,
        status: Arc<Status>,
    ) -> Driver {
        Driver {
            returns: config.reconnection.is_some(),
            questions: Questions::new(&config),
            machine: Machine::new(config),
            start: Instant::now(),
            now: Time::ZERO,
            opener: Arc::new(opener),
            commands,
            status,
            pending: VecDeque::new(),
            // Most clients have one.
            lanes: Vec::with_capacity(1),
            link: LinkState::None,
            requests: None,
            timer: None,
            asks: Asks::default(),
            waiters: Waiters::default(),
            last_error: None,
            last_failure: None,
            closing: None,
            handles_gone: false,
            begun: false,
        }
    }

    /// Runs until the last handle is dropped, then closes politely.
    ///
    /// Boxed, for a future has room for its arguments twice.
    pub(crate) async fn run(mut self: Box<Self>) {
        std::future::poll_fn(|cx| self.poll_turn(cx)).await;
        self.machine.close(self.now);
        self.take_outputs();
        self.deliver();
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
        self.take_answers(cx);
        more |= self.take_commands(cx);
        self.machine.handle_timeout(self.now);
        self.take_outputs();
        self.status.set_transport(self.machine.transport());
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

    /// Takes frames while there are some, if every listener has room. Returns whether there may be more.
    fn take_news(&mut self, cx: &mut Context<'_>) -> bool {
        // Once is enough: what is taken here reaches the listeners at the end of the turn.
        let has_room = |lane: &Lane| lane.channel.poll_room(cx).is_ready();
        if !self.lanes.iter().all(has_room) {
            return false;
        }
        let mut bytes = 0;
        for _ in 0..TURN {
            let answer = self.poll_requests(cx);
            let news = self.link.poll_news(cx);
            if answer.is_pending() && news.is_pending() {
                return false;
            }
            if let Poll::Ready((link, outcome)) = answer {
                bytes += outcome.as_ref().map_or(0, Response::size);
                self.handle_response(link, outcome);
            }
            if let Poll::Ready(news) = news {
                bytes += news.size();
                self.handle_news(news);
            }
            if bytes >= TURN_BYTES {
                break;
            }
        }
        true
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
                let form = body.form(known);
                let packets = body.frames(form);
                let frames = packets
                    .iter()
                    .map(|packet| packet.as_ref().map(frame).map_err(|bad| *bad));
                self.machine.handle_response(self.now, link, form, frames);
            }
            Ok(Response::Taken) => {
                self.machine
                    .handle_response(self.now, link, EngineVersion::Eio4, [])
            }
            Err(error) => self.handle_error(link, error),
        }
        self.take_outputs();
    }

    fn handle_news(&mut self, news: LinkNews) {
        match news {
            LinkNews::Opened(link) => self.machine.handle_opened(self.now, link),
            LinkNews::OpenFailed(link, error) => self.handle_error(link, error),
            LinkNews::Received(link, Received::Text(text)) => {
                let shown = text.clone();
                self.machine.handle_packet(
                    self.now,
                    link,
                    Frame::text(head(&shown), text).with_tail(tail(&shown)),
                );
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
                self.handle_error(link, error);
            }
        }
        // At once, while they are few: the machine's queue keeps the size it once had.
        self.take_outputs();
    }

    fn handle_error(&mut self, link: Link, error: TransportError) {
        let lost = error.lost();
        self.last_error = Some(error);
        self.machine.handle_lost(self.now, link, lost);
    }

    /// Takes commands, unless what they led to before could not be written yet: then only if one of them cannot wait.
    /// Returns whether there may be more.
    fn take_commands(&mut self, cx: &mut Context<'_>) -> bool {
        let written = self.link.poll_write(cx);
        let is_stuck = written.is_pending() || self.machine.backlog() > BACKLOG;
        if let Poll::Ready(Some(news)) = written {
            self.handle_news(news);
        }
        if is_stuck && self.commands.poll_held(cx).is_pending() {
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
                    self.take_outputs();
                }
                true
            }
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Poll::Ready(Some(news)) = self.link.poll_write(cx) {
            self.handle_news(news);
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

impl Drop for Driver {
    /// However the task ends, with its runtime for one: nobody waits for it any more.
    fn drop(&mut self) {
        self.commands.abandon();
        for lane in &self.lanes {
            lane.channel.close();
        }
    }
}

/// The front of a packet, which the machine reads.
fn head(packet: &Bytes) -> &[u8] {
    &packet[..packet.len().min(HEAD_LIMIT)]
}

/// The end of a packet, where the offset for recovery stands.
fn tail(packet: &Bytes) -> &[u8] {
    &packet[packet.len().saturating_sub(TAIL_LIMIT)..]
}
