//! The task that calls the handlers of one namespace.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;

use super::handlers::{Handler, HandlerFuture};
use super::{Client, Context, Inner, Namespace, Socket};
use crate::args;
use crate::connection::Inbox;
use crate::error::{ConnectError, SocketError, error_text};
use crate::event::{Event, Message};
use crate::mailbox::Taken;
use crate::text::Text;

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
        let this = self.get_mut();
        this.poll_running(cx);
        for _ in 0..BUDGET {
            if this.running.len() >= this.limit {
                return Poll::Pending;
            }
            match this.taken.poll_next(&this.inbox, cx) {
                Poll::Pending => return Poll::Pending,
                // Pending handlers run to their end.
                Poll::Ready(None) => return this.poll_last(cx),
                Poll::Ready(Some(event)) => this.handle(event, cx),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Dispatcher {
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

    fn handle(&mut self, event: Event, cx: &mut TaskContext<'_>) {
        match event {
            Event::Message(message) => {
                let Some(name) = args::event_name(message.json.as_str()) else {
                    return;
                };
                let mut handlers = std::mem::take(&mut self.called);
                self.namespace
                    .handlers
                    .take(&name.text, false, &mut handlers);
                self.call(&handlers, &message, cx);
                handlers.clear();
                self.called = handlers;
            }
            Event::Connected(_) => self.call_local("connect", None, cx),
            Event::Disconnected { reason, .. } => {
                self.call_local("disconnect", Some(reason.as_str()), cx);
            }
            Event::ConnectError(error) => {
                let text = match &error {
                    ConnectError::Refused(refused) => refused.message(),
                    error => error_text(error),
                };
                self.call_local("connect_error", Some(&text), cx);
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

    /// Calls the handlers of an event of the namespace itself.
    fn call_local(&mut self, name: &str, argument: Option<&str>, cx: &mut TaskContext<'_>) {
        let mut handlers = Vec::new();
        self.namespace.handlers.take(name, true, &mut handlers);
        if handlers.is_empty() {
            return;
        }
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
        self.call(&handlers, &message, cx);
    }

    /// Starts handlers. Each runs at once until it is first pending, so handlers start in the order of the events.
    fn call(&mut self, handlers: &[Handler<Context>], message: &Message, cx: &mut TaskContext<'_>) {
        for handler in handlers {
            let Some(inner) = self.client.upgrade() else {
                return;
            };
            let context = Context {
                socket: Socket {
                    client: Client { inner },
                    namespace: self.namespace.clone(),
                },
                reply: message.reply.clone(),
            };
            let started = std::panic::catch_unwind(AssertUnwindSafe(|| handler(message, context)));
            match started {
                Ok(Ok(future)) => self.start(future, message, cx),
                Ok(Err(error)) => self.namespace.handlers.report(error),
                Err(payload) => {
                    drop_payload(payload);
                    self.report_panic(Some(message.name().into_owned()));
                }
            }
        }
    }

    fn start(&mut self, future: HandlerFuture, message: &Message, cx: &mut TaskContext<'_>) {
        let mut future = future;
        match poll_guarded(future.as_mut(), cx) {
            Ok(Poll::Ready(())) => {}
            Ok(Poll::Pending) => {
                self.running.push(Guarded {
                    future,
                    json: message.json.clone(),
                });
                // The set polls with its own waker. `cx` is valid in this turn only.
                self.poll_running(cx);
            }
            Err(payload) => {
                drop_payload(payload);
                self.report_panic(Some(message.name().into_owned()));
            }
        }
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
    future: HandlerFuture,
    json: Text,
}

impl Future for Guarded {
    type Output = Option<String>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<String>> {
        let this = self.get_mut();
        match poll_guarded(this.future.as_mut(), cx) {
            Ok(Poll::Ready(())) => Poll::Ready(None),
            Ok(Poll::Pending) => Poll::Pending,
            Err(payload) => {
                drop_payload(payload);
                Poll::Ready(Some(args::event_name_or_empty(this.json.as_str())))
            }
        }
    }
}

/// Polls a handler. A panic ends this handler only.
fn poll_guarded(
    future: Pin<&mut (dyn Future<Output = ()> + Send)>,
    cx: &mut TaskContext<'_>,
) -> std::thread::Result<Poll<()>> {
    std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(cx)))
}

/// Drops what a handler has panicked with. Its own panic must not end the dispatcher, so it is leaked then.
fn drop_payload(payload: Box<dyn Any + Send>) {
    let dropped = std::panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
    if let Err(payload) = dropped {
        std::mem::forget(payload);
    }
}
