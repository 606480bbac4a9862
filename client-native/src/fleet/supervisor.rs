//! The task of one bot: calls its function, looks after its clients, and lets it begin again.

use std::any::Any;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{Either, join_all, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep, sleep_until};

use super::bot::{Bot, BotResult};
use super::clock::after;
use super::event::{Change, Exit};
use super::restart::Row;
use super::shared::{Order, Shared};
use super::slot::Slot;
use super::status::BotPhase;
use crate::error::{Ended, error_text};
use crate::guard;
use crate::handle::Socket;
use crate::maybe_send::BoxFuture;

pub(super) type Function = BoxFuture<'static, BotResult>;

/// Runs a bot from `at` on, until it does not begin again.
pub(super) async fn supervise<S: Send + Sync + 'static>(
    shared: Arc<Shared<S>>,
    index: usize,
    at: Instant,
    call: Arc<dyn Fn(Bot<S>) -> Function + Send + Sync>,
) {
    let _end = End(&shared, index);
    let slot = &shared.slots[index];
    let mut row = Row::default();
    let mut pause = Box::pin(sleep_until(at));
    loop {
        // The order to stop comes first.
        if let Either::Left(_) = select(pin!(shared.stopping()), &mut pause).await {
            return;
        }
        let number = slot.begin();
        shared.tell(slot, Change::Started);
        let began = Instant::now();
        let bot = Bot::new(shared.clone(), index, number);
        let exit = Run::new(&shared, slot).until_end(&*call, bot).await;
        slot.end(exit.clone());
        shared.tell(slot, Change::Exited(exit.clone()));
        if shared.order() != Order::Run {
            return;
        }
        let jitter = rand::random::<f64>();
        let next = row.next(&shared.restart, &exit, began.elapsed(), jitter);
        let Some(delay) = next else { return };
        slot.set_phase(BotPhase::Restarting);
        shared.tell(slot, Change::Restarts(delay));
        pause = Box::pin(sleep(delay));
    }
}

/// Notes that a bot does not begin again, however its task ends.
struct End<'a, S>(&'a Shared<S>, usize);

impl<S> Drop for End<'_, S> {
    fn drop(&mut self) {
        let slot = &self.0.slots[self.1];
        slot.set_phase(BotPhase::Ended);
        self.0.tell(slot, Change::Ended);
        self.0.bot_ended();
    }
}

/// One run of a bot.
struct Run<'a, S> {
    shared: &'a Shared<S>,
    slot: &'a Slot<S>,
    /// The ends of its clients' namespaces.
    ends: FuturesUnordered<BoxFuture<'static, (Socket, Ended)>>,
    /// How many of its clients are in `ends`, or were.
    watched: usize,
    /// The end that the bot should draw its consequence from by then.
    ended: Option<(Socket, Ended, Instant)>,
}

/// Why a run is over.
enum Over {
    Function(Exit),
    /// A namespace has ended, and the function goes on although it has not connected it again.
    Namespace(Ended),
    Stop,
}

/// The next event of a run.
enum Next {
    Over(Over),
    /// The function has made a client.
    Added,
    /// A namespace has ended for good.
    Ended(Socket, Ended),
    /// The time is over that the function has after such an end.
    GraceOver,
}

impl<'a, S> Run<'a, S> {
    fn new(shared: &'a Shared<S>, slot: &'a Slot<S>) -> Run<'a, S> {
        Run {
            shared,
            slot,
            ends: FuturesUnordered::new(),
            watched: 0,
            ended: None,
        }
    }

    async fn until_end(
        mut self,
        call: &(dyn Fn(Bot<S>) -> Function + Send + Sync),
        bot: Bot<S>,
    ) -> Exit {
        let over = match guard::catch(|| call(bot)) {
            Ok(function) => {
                let mut function = Guarded(Some(function));
                let over = self.watch(&mut function).await;
                // Before the clients close, so that it does nothing meanwhile.
                function.discard();
                over
            }
            Err(panic) => Over::Function(panicked(panic)),
        };
        let exit = self.exit(over).await;
        self.leave().await;
        exit
    }

    /// Waits until the run is over.
    async fn watch(&mut self, function: &mut Guarded) -> Over {
        loop {
            match self.next(function).await {
                Next::Over(over) => return over,
                Next::Added => self.watch_new(),
                Next::Ended(socket, why) => self.note_end(socket, why),
                Next::GraceOver => {
                    let Some((socket, why, _)) = self.ended.take() else {
                        continue;
                    };
                    if socket.has_ended() {
                        return Over::Namespace(why);
                    }
                    self.ends.push(end_of(socket));
                }
            }
        }
    }

    async fn next(&mut self, function: &mut Guarded) -> Next {
        let (shared, slot) = (self.shared, self.slot);
        let grace = self.ended.as_ref().map(|(_, _, until)| *until);
        let mut added = pin!(slot.added.notified());
        let mut stopped = pin!(stopped(shared, slot));
        let mut grace_over = pin!(async {
            match grace {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        });
        poll_fn(|cx| {
            if let Poll::Ready(exit) = function.poll(cx) {
                return Poll::Ready(Next::Over(Over::Function(exit)));
            }
            if added.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Next::Added);
            }
            if let Poll::Ready(Some((socket, why))) = self.ends.poll_next_unpin(cx) {
                return Poll::Ready(Next::Ended(socket, why));
            }
            if stopped.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Next::Over(Over::Stop));
            }
            grace_over.as_mut().poll(cx).map(|()| Next::GraceOver)
        })
        .await
    }

    fn watch_new(&mut self) {
        for socket in self.slot.sockets(self.watched) {
            self.watched += 1;
            self.ends.push(end_of(socket));
        }
    }

    fn note_end(&mut self, socket: Socket, why: Ended) {
        match why {
            // By the bot itself.
            Ended::Closed => {}
            why => self.ended = Some((socket, why, after(Instant::now(), self.shared.grace))),
        }
    }

    /// How the run ended, for which a kick counts more than the function's result.
    async fn exit(&mut self, over: Over) -> Exit {
        match over {
            Over::Stop => Exit::Stopped,
            Over::Namespace(why) => exit_of(&why),
            Over::Function(Exit::Panicked(text)) => Exit::Panicked(text),
            // It has returned because of the order.
            Over::Function(Exit::Returned) if self.shared.order() != Order::Run => Exit::Stopped,
            Over::Function(_) if self.was_kicked().await => Exit::Kicked,
            Over::Function(exit) => exit,
        }
    }

    /// Whether the server has disconnected a namespace that was not connected again.
    async fn was_kicked(&mut self) -> bool {
        let mut was_kicked = false;
        self.watch_new();
        for socket in self.slot.sockets(0) {
            // The function may have seen the end before this task. The driver's answer follows what it tells of it.
            was_kicked |= socket.has_ended() && matches!(socket.ended().await, Ended::Kicked);
        }
        // A disconnect of the application itself, as after a denial, hides the kick before it.
        while let Some(Some((socket, why))) = self.ends.next().now_or_never() {
            was_kicked |= socket.has_ended() && matches!(why, Ended::Kicked);
        }
        let noted = self.ended.take();
        was_kicked
            || noted
                .is_some_and(|(socket, why, _)| socket.has_ended() && matches!(why, Ended::Kicked))
    }

    /// Closes all clients of the run, within the time that the fleet has for it.
    async fn leave(self) {
        let clients = self.slot.sockets(0);
        let closes = join_all(clients.iter().map(Socket::close));
        let limit = self.shared.stopped_until(|_, closes| closes);
        select(pin!(closes), pin!(limit)).await;
        self.slot.forget_clients();
    }
}

/// Waits until the fleet stops, and, if the function of the bot wants to know of that, until its time is over.
async fn stopped<S>(shared: &Shared<S>, slot: &Slot<S>) {
    shared.stopping().await;
    if slot.wants_notice() {
        shared.stopped_until(|functions, _| functions).await;
    }
}

fn end_of(socket: Socket) -> BoxFuture<'static, (Socket, Ended)> {
    Box::pin(async move {
        let why = socket.ended().await;
        (socket, why)
    })
}

fn exit_of(why: &Ended) -> Exit {
    match why {
        Ended::Kicked => Exit::Kicked,
        Ended::Refused(_) | Ended::GaveUp(_) | Ended::Closed => {
            Exit::Failed(error_text(why).into())
        }
    }
}

/// The future of a bot's function, whose panic is an end of the run.
struct Guarded(Option<Function>);

impl Guarded {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Exit> {
        let Some(function) = &mut self.0 else {
            return Poll::Pending;
        };
        let polled = guard::catch(|| Pin::as_mut(function).poll(cx));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Ok(()))) => Poll::Ready(Exit::Returned),
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Exit::Failed(error_text(&*error).into())),
            Err(panic) => Poll::Ready(panicked(panic)),
        }
    }

    /// Drops the future, which may panic as well.
    fn discard(&mut self) {
        guard::drop_guarded(self.0.take());
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.discard();
    }
}

fn panicked(payload: Box<dyn Any + Send>) -> Exit {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    guard::drop_guarded(payload);
    Exit::Panicked(
        text.unwrap_or_else(|| "a value without a text".into())
            .into(),
    )
}
