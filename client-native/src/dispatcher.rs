//! The task that calls the handlers of one namespace.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;

use crate::args;
use crate::channel::{Channel, Inbox};
use crate::client::{Client, Inner};
use crate::context::Context;
use crate::error::SocketError;
use crate::event::{Event, Message};
use crate::handlers::{Handler, HandlerFuture};
use crate::socket::Socket;

/// Starts the task unless it runs. It ends with the client, which it does not keep alive.
pub(crate) fn ensure(client: &Client, channel: &Arc<Channel>) {
    let Some(inbox) = channel.listen_once() else {
        return;
    };
    let dispatcher = Dispatcher {
        client: Arc::downgrade(&client.inner),
        channel: channel.clone(),
        inbox,
        limit: client.inner.settings.running_handlers,
        taken: VecDeque::new(),
        called: Vec::new(),
        running: FuturesUnordered::new(),
    };
    client.inner.runtime.spawn(dispatcher);
}

struct Dispatcher {
    client: Weak<Inner>,
    channel: Arc<Channel>,
    inbox: Arc<Inbox>,
    /// How many handlers may wait for something at the same time.
    limit: usize,
    taken: VecDeque<Event>,
    /// Room for the handlers of an event; empty between events.
    called: Vec<Handler>,
    running: FuturesUnordered<Guarded>,
}

/// How many events are handled before other tasks get their turn.
const TURN: usize = 128;

impl Future for Dispatcher {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.poll_running(cx);
        for _ in 0..TURN {
            if this.running.len() >= this.limit {
                return Poll::Pending;
            }
            if this.taken.is_empty() {
                match this.inbox.poll_take(cx, &mut this.taken) {
                    Poll::Pending => return Poll::Pending,
                    // Handlers that still run go on to their end.
                    Poll::Ready(false) => return this.poll_last(cx),
                    Poll::Ready(true) => {}
                }
            }
            if let Some(event) = this.taken.pop_front() {
                this.handle(event, cx);
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
                let Some(name) = args::event_name(&message.json) else {
                    return;
                };
                let mut handlers = std::mem::take(&mut self.called);
                self.channel.handlers.take(&name.text, false, &mut handlers);
                self.call(&handlers, &message, cx);
                handlers.clear();
                self.called = handlers;
            }
            Event::Connected(_) => self.call_local("connect", None, cx),
            Event::Disconnected(reason) => self.call_local("disconnect", Some(reason.as_str()), cx),
            Event::ConnectError(error) => {
                self.call_local("connect_error", Some(&error.to_string()), cx);
            }
            // For streams alone.
            Event::Reconnecting { .. } | Event::ReconnectFailed => {}
            Event::Error(error) => self.channel.handlers.report(error),
        }
    }

    /// Calls the handlers of one of the namespace's own events, which look like the server's.
    fn call_local(&mut self, name: &str, argument: Option<&str>, cx: &mut TaskContext<'_>) {
        let mut handlers = Vec::new();
        self.channel.handlers.take(name, true, &mut handlers);
        if handlers.is_empty() {
            return;
        }
        let encoded = match argument {
            Some(argument) => args::encode_event(name, &argument),
            None => args::encode_event(name, &()),
        };
        let json = encoded.map_or_else(|_| Bytes::new(), |encoded| encoded.json);
        self.call(
            &handlers,
            &Message {
                json,
                attachments: Vec::new(),
                reply: None,
            },
            cx,
        );
    }

    /// Starts handlers: each runs at once up to where it first waits, so that they start in the order of the events.
    fn call(&mut self, handlers: &[Handler], message: &Message, cx: &mut TaskContext<'_>) {
        for handler in handlers {
            let Some(inner) = self.client.upgrade() else {
                return;
            };
            let socket = Socket::new(Client { inner }, self.channel.clone());
            let context = Context::new(socket, message.reply.clone());
            let started = std::panic::catch_unwind(AssertUnwindSafe(|| handler(message, context)));
            match started {
                Ok(Ok(future)) => self.start(future, message, cx),
                Ok(Err(error)) => self.channel.handlers.report(error),
                Err(_) => self.report_panic(Some(message.name().into_owned())),
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
                // The set polls it again with a waker of its own: the one above has gone with this turn.
                self.poll_running(cx);
            }
            Err(_) => self.report_panic(Some(message.name().into_owned())),
        }
    }

    fn report_panic(&self, event: Option<String>) {
        if let Some(event) = event {
            self.channel
                .handlers
                .report(SocketError::HandlerPanicked { event });
        }
    }
}

/// A handler that waits for something. Ends with the event's name if it panicked.
struct Guarded {
    future: HandlerFuture,
    json: Bytes,
}

impl Future for Guarded {
    type Output = Option<String>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<String>> {
        let this = self.get_mut();
        match poll_guarded(this.future.as_mut(), cx) {
            Ok(Poll::Ready(())) => Poll::Ready(None),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => {
                let name = args::event_name(&this.json);
                Poll::Ready(Some(
                    name.map_or_else(String::new, |name| name.text.into_owned()),
                ))
            }
        }
    }
}

/// Polls a handler so that its panic ends itself alone.
fn poll_guarded(
    future: Pin<&mut (dyn Future<Output = ()> + Send)>,
    cx: &mut TaskContext<'_>,
) -> std::thread::Result<Poll<()>> {
    std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(cx)))
}
