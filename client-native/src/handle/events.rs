//! Events as streams.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use serde::de::DeserializeOwned;

use super::{AckSender, Socket};
use crate::args::DecodeError;
use crate::connection::Inbox;
use crate::event::{Event, Message};
use crate::mailbox::Taken;

/// The events of a namespace, from [`Socket::events`](crate::Socket::events).
///
/// It keeps the client alive, as a socket does, and goes on through disconnects and reconnects. [`Event::Ended`] tells that no event
/// follows until another connect. It ends with the runtime of the client.
#[derive(Debug)]
pub struct Events {
    socket: Socket,
    inbox: Arc<Inbox>,
    taken: Taken<Event>,
    /// Whether the namespace had ended before this stream was made, which then gets no `Event::Ended`.
    was_ended: bool,
}

impl Events {
    pub(super) fn new(socket: Socket, inbox: Arc<Inbox>) -> Self {
        Events {
            was_ended: socket.has_ended(),
            socket,
            inbox,
            taken: Taken::new(),
        }
    }

    /// The next event; `None` at the end.
    ///
    /// Cancel safe: no event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next event that the server emitted, skipping all others.
    ///
    /// `None` when the namespace [has ended](Event::Ended) and no caller has told it to connect again: after a kick, for example. The stream
    /// goes on after another connect.
    ///
    /// Cancel safe: no message is lost if the future is dropped.
    pub async fn message(&mut self) -> Option<Message> {
        std::future::poll_fn(|cx| self.poll_message(cx)).await
    }

    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        loop {
            let next = Pin::new(&mut *self).poll_next(cx);
            if next.is_pending() && std::mem::take(&mut self.was_ended) && self.socket.has_ended() {
                return Poll::Ready(None);
            }
            match ready!(next) {
                Some(Event::Message(message)) => return Poll::Ready(Some(message)),
                Some(Event::Ended(_)) if self.socket.has_ended() => return Poll::Ready(None),
                Some(_) => {}
                None => return Poll::Ready(None),
            }
        }
    }

    /// Takes the permission to send a message's ack; `None` if the server expects no ack, or if it was taken before.
    pub fn ack_sender(&self, message: &mut Message) -> Option<AckSender> {
        let reply = message.reply.take()?;
        Some(AckSender::new(self.socket.clone(), reply))
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let this = self.get_mut();
        this.taken.poll_next(&this.inbox, cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// The arguments of one event as a stream, from [`Socket::listen`](crate::Socket::listen).
///
/// An event whose arguments are not a `T` is an error in the stream, which goes on after it. `None` means what it means for
/// [`Events::message`].
#[derive(Debug)]
pub struct TypedEvents<T> {
    events: Events,
    name: Box<str>,
    args: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> TypedEvents<T> {
    pub(super) fn new(events: Events, name: &str) -> Self {
        TypedEvents {
            events,
            name: name.into(),
            args: PhantomData,
        }
    }

    /// The arguments of the next event; `None` at the end.
    ///
    /// Cancel safe: no event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T, DecodeError>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<T: DeserializeOwned> Stream for TypedEvents<T> {
    type Item = Result<T, DecodeError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match ready!(this.events.poll_message(cx)) {
                Some(message) if message.is_named(&this.name) => {
                    return Poll::Ready(Some(message.args()));
                }
                Some(_) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}
