//! The events of a channel as a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tidewire_core::echo::{
    ChannelKind, ChannelName, EventNames, Member, PRESENCE_JOINING, PRESENCE_LEAVING,
    PRESENCE_SUBSCRIBED, SUBSCRIPTION_ERROR, members, whisper_event,
};

use super::read;
use crate::args::DecodeError;
use crate::event::Message;
use crate::handle::Events;

/// An event of a channel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChannelEvent {
    /// An event of the application, a whisper or a notification.
    Message(ChannelMessage),
    /// The users in the channel, after each subscription.
    Here(Vec<Member>),
    /// A user comes in with a first socket.
    Joining(Member),
    /// The last socket of a user is gone.
    Leaving(Member),
    /// The server refuses the subscription, with the status of Laravel's response; see [`Channel::error`](super::Channel::error).
    Refused(u16),
}

/// An event of the application, not decoded yet.
#[derive(Clone, Debug)]
pub struct ChannelMessage {
    message: Message,
    names: EventNames,
}

impl ChannelMessage {
    /// The name on the wire: `App\Events\OrderShipped`, or `client-typing` for a whisper.
    pub fn event(&self) -> String {
        self.message.name().into_owned()
    }

    /// Whether it is this event, by a name as for [`Channel::listen`](super::Channel::listen).
    pub fn is(&self, event: &str) -> bool {
        self.message.is_named(&self.names.format(event))
    }

    /// Whether it is this whisper.
    pub fn is_whisper(&self, name: &str) -> bool {
        self.message.is_named(&whisper_event(name))
    }

    /// Decodes the data.
    ///
    /// # Errors
    /// If it is not a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let (IgnoredAny, data) = self.message.args()?;
        Ok(data)
    }
}

/// The events of a channel, from [`Channel::events`](super::Channel::events).
///
/// It keeps the client alive, and its end is that of [`Events::message`]. Events of the server with data of another type are skipped here:
/// [`Socket::on_error`](crate::Socket::on_error) gets the error.
#[derive(Debug)]
pub struct ChannelEvents {
    events: Events,
    channel: ChannelName,
    names: EventNames,
}

impl ChannelEvents {
    pub(super) fn new(events: Events, channel: ChannelName, names: EventNames) -> ChannelEvents {
        ChannelEvents {
            events,
            channel,
            names,
        }
    }

    /// The next event; `None` when the namespace has ended, and at the end of the client.
    ///
    /// Cancel safe: no event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<ChannelEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    fn read(&self, message: Message) -> Option<ChannelEvent> {
        if !read::is_for(&message, &self.channel) {
            return None;
        }
        let name = message.name();
        let data = || read::value(&message, &self.channel);
        match (&*name, self.channel.kind()) {
            (SUBSCRIPTION_ERROR, _) => {
                let (IgnoredAny, status) = message.args().ok()?;
                Some(ChannelEvent::Refused(status))
            }
            (PRESENCE_SUBSCRIBED, ChannelKind::Presence) => {
                members(&data()?).ok().map(ChannelEvent::Here)
            }
            (PRESENCE_JOINING, ChannelKind::Presence) => {
                member(&data()?).map(ChannelEvent::Joining)
            }
            (PRESENCE_LEAVING, ChannelKind::Presence) => {
                member(&data()?).map(ChannelEvent::Leaving)
            }
            _ => {
                let names = self.names.clone();
                drop(name);
                Some(ChannelEvent::Message(ChannelMessage { message, names }))
            }
        }
    }
}

impl Stream for ChannelEvents {
    type Item = ChannelEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ChannelEvent>> {
        let this = self.get_mut();
        loop {
            let Some(message) = ready!(this.events.poll_message(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(event) = this.read(message) {
                return Poll::Ready(Some(event));
            }
        }
    }
}

fn member(data: &Value) -> Option<Member> {
    Member::read(data).ok()
}
