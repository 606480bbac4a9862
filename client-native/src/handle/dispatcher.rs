//! The task that calls the handlers of one namespace.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;

use super::handler::{Handler, HandlerFuture, Started};
use super::handlers::Snapshot;
use super::{Client, Context, Inner, Namespace, Socket};
use crate::args;
use crate::connection::Inbox;
use crate::error::{ConnectError, SocketError, error_text};
use crate::event::{Event, Message};
use crate::guard::{catch, discard, drop_guarded, poll_guarded};
use crate::mailbox::Taken;

/// Starts the task of a namespace if it does not run yet. It has a weak reference to the client, and ends when that is dropped.
pub(super) fn ensure_running(socket: &Socket) {
    let Some(inbox) = socket.namespace.state.listen_as_dispatcher() else {
        return;
    };
    let dispatcher = Dispatcher {
        client: Arc::downgrade(&socket.client.inner),
        namespace: socket.namespace.clone(),
        inbox,
        limit: socket.options().running_handlers,
        taken: Taken::new(),
        called: Vec::new(),
        running: FuturesUnordered::new(),
    };
    socket.client.inner.runtime.spawn(dispatcher);
}

struct Dispatcher {
    client: Weak<Inner>,
    namespace: Arc<Namespace>,
    inbox: Arc<Inbox>,
    /// The limit of pending handlers.
    limit: usize,
    taken: Taken<Event>,
    /// The handlers of the current event. Empty between events; kept for its memory.
    called: Vec<Handler<Context>>,
    running: FuturesUnordered<Guarded>,
}

/// Events handled in one turn, before other tasks get their turn.
const BUDGET: usize = 128;

impl Future for Dispatcher {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut turn = Turn::default();
        let polled = self.get_mut().poll_turn(&mut turn, cx);
        drop_guarded(turn);
        polled
    }
}

/// Things that the events of a turn share. They are let go at its end: a dispatcher that waits keeps neither the client alive,
/// nor a handler that was removed.
#[derive(Default)]
struct Turn {
    socket: Option<Arc<Socket>>,
    handlers: Option<Snapshot<Context>>,
}

impl Dispatcher {
    fn poll_turn(&mut self, turn: &mut Turn, cx: &mut TaskContext<'_>) -> Poll<()> {
        self.poll_running(cx);
        for _ in 0..BUDGET {
            if self.running.len() >= self.limit {
                return Poll::Pending;
            }
            match self.taken.poll_next(&self.inbox, cx) {
                Poll::Pending => return Poll::Pending,
                // Pending handlers run to their end.
                Poll::Ready(None) => return self.poll_last(cx),
                Poll::Ready(Some(event)) => self.handle(event, turn, cx),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_running(&mut self, cx: &mut TaskContext<'_>) {
        while let Poll::Ready(Some(panicked)) = Pin::new(&mut self.running).poll_next(cx) {
            self.report_panic(panicked);
        }
    }

    fn poll_last(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        self.poll_running(cx);
        if self.running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn handle(&mut self, event: Event, turn: &mut Turn, cx: &mut TaskContext<'_>) {
        match event {
            Event::Message(message) => self.handle_message(&message, turn, cx),
            Event::Connected(_) => self.call_local("connect", None, turn, cx),
            Event::Disconnected { reason, .. } => {
                self.call_local("disconnect", Some(reason.as_str()), turn, cx);
            }
            Event::ConnectError(error) => {
                let text = match &error {
                    ConnectError::Refused(refused) => refused.message(),
                    error => error_text(error),
                };
                self.call_local("connect_error", Some(&text), turn, cx);
            }
            // Only streams get these.
            Event::Reconnecting { .. }
            | Event::ReconnectFailed
            | Event::Ended(_)
            | Event::Upgraded
            | Event::UpgradeFailed => {}
            Event::Error(error) => self.namespace.handlers.report(error),
        }
    }

    fn handle_message(&mut self, message: &Message, turn: &mut Turn, cx: &mut TaskContext<'_>) {
        let Turn { socket, handlers } = turn;
        let payload = message.json.as_str();
        let current = self.namespace.handlers.refresh(handlers);
        if let Some(entries) = current.find(payload) {
            for entry in entries {
                self.call(&entry.handler, message, socket, cx);
            }
        } else if let Some(name) = args::event_name(payload) {
            self.call_taken(&name.text, false, message, socket, cx);
        }
    }

    /// Calls the handlers of an event of the namespace itself.
    fn call_local(
        &mut self,
        name: &str,
        argument: Option<&str>,
        turn: &mut Turn,
        cx: &mut TaskContext<'_>,
    ) {
        let encoded = match argument {
            Some(argument) => args::encode_event(name, &argument),
            None => args::encode_event(name, &()),
        };
        let message = Message {
            json: encoded
                .map_or_else(|_| Bytes::new(), |encoded| encoded.json)
                .into(),
            attachments: Vec::new(),
            reply: None,
            is_to_me: false,
        };
        self.call_taken(name, true, &message, &mut turn.socket, cx);
    }

    /// Calls the handlers of a name, of which those that are called once are removed first.
    fn call_taken(
        &mut self,
        name: &str,
        local: bool,
        message: &Message,
        socket: &mut Option<Arc<Socket>>,
        cx: &mut TaskContext<'_>,
    ) {
        let mut handlers = std::mem::take(&mut self.called);
        self.namespace.handlers.take(name, local, &mut handlers);
        for handler in &handlers {
            self.call(handler, message, socket, cx);
        }
        drop_guarded(handlers.drain(..));
        self.called = handlers;
    }

    /// Starts a handler. It runs at once until it is first pending, so handlers start in the order of the events.
    fn call(
        &mut self,
        handler: &Handler<Context>,
        message: &Message,
        socket: &mut Option<Arc<Socket>>,
        cx: &mut TaskContext<'_>,
    ) {
        if socket.is_none() {
            *socket = self.socket();
        }
        let Some(socket) = socket else { return };
        let context = Context {
            socket: socket.clone(),
            reply: message.reply.clone(),
        };
        let started = catch(|| handler(message, context, cx));
        match started {
            Ok(Ok(Started::Ended)) => {}
            Ok(Ok(Started::Pending(future))) => {
                self.running.push(Guarded {
                    future: Some(future),
                    event: message.name().into(),
                });
                // The set polls with its own waker. `cx` is valid in this turn only.
                self.poll_running(cx);
            }
            Ok(Ok(Started::Panicked)) => self.report_panic(Some(message.name().into_owned())),
            Ok(Err(error)) => self.namespace.handlers.report(error),
            Err(payload) => {
                drop_guarded(payload);
                self.report_panic(Some(message.name().into_owned()));
            }
        }
    }

    /// The socket of all events of a turn; `None` if the client is gone.
    fn socket(&self) -> Option<Arc<Socket>> {
        let inner = self.client.upgrade()?;
        let socket = Socket::new(Client { inner }, self.namespace.clone());
        Some(Arc::new(socket))
    }

    fn report_panic(&self, event: Option<String>) {
        if let Some(event) = event {
            self.namespace
                .handlers
                .report(SocketError::HandlerPanicked { event });
        }
    }
}

/// A pending handler. Its output is the event's name if it panicked.
struct Guarded {
    /// `None` after a panic.
    future: Option<HandlerFuture>,
    /// The event's name. Not the message, which keeps alive what was read with it.
    event: Box<str>,
}

impl Future for Guarded {
    type Output = Option<String>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<String>> {
        let this = self.get_mut();
        let Some(future) = &mut this.future else {
            return Poll::Ready(None);
        };
        match poll_guarded(future.as_mut(), cx) {
            Some(Poll::Ready(_)) => Poll::Ready(None),
            Some(Poll::Pending) => Poll::Pending,
            None => {
                discard(this.future.take());
                Poll::Ready(Some(this.event.to_string()))
            }
        }
    }
}
