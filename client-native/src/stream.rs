//! Events as a stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::channel::Inbox;
use crate::context::AckSender;
use crate::event::{Event, Message};
use crate::socket::Socket;

/// The events of a namespace, from [`Socket::events`].
///
/// It keeps the client alive, as a socket does, and goes on through closes and reconnections: it ends with the runtime that
/// the client runs on, and not before.
#[derive(Debug)]
pub struct Events {
    socket: Socket,
    inbox: Arc<Inbox>,
    taken: VecDeque<Event>,
}

impl Events {
    pub(crate) fn new(socket: Socket, inbox: Arc<Inbox>) -> Self {
        Events {
            socket,
            inbox,
            taken: VecDeque::new(),
        }
    }

    /// The next event; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next event of the server's, passing over everything else; `None` when there will be no more.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            if let Event::Message(message) = self.next().await? {
                return Some(message);
            }
        }
    }

    /// The right to answer a message of this stream, if the server awaits an answer and nobody has taken it before.
    pub fn ack_sender(&self, message: &mut Message) -> Option<AckSender> {
        let reply = message.reply.take()?;
        Some(AckSender::new(self.socket.clone(), reply))
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let this = self.get_mut();
        if this.taken.is_empty() && !std::task::ready!(this.inbox.poll_take(cx, &mut this.taken)) {
            return Poll::Ready(None);
        }
        Poll::Ready(this.taken.pop_front())
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.inbox.close();
    }
}
