//! One channel: its listeners, whispers and members.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::echo::{
    CLIENT_EVENT, ChannelKind, ChannelName, Member, NOTIFICATION, PRESENCE_JOINING,
    PRESENCE_LEAVING, PRESENCE_SUBSCRIBED, SUBSCRIPTION_ERROR, Whisper, members, whisper_event,
};

use super::error::EchoError;
use super::events::ChannelEvents;
use super::read;
use super::shared::Shared;
use crate::error::SocketError;
use crate::event::Message;
use crate::handle::{Context, HandlerOutput, Socket};
use crate::maybe_send::{MaybeSend, MaybeSync};

/// A channel, from [`Echo::channel`](super::Echo::channel), [`Echo::private`](super::Echo::private) or
/// [`Echo::join`](super::Echo::join). Clones, and handles of the same name, are one channel.
///
/// Register listeners first, then [`subscribe`](Channel::subscribe): no event is missed. Dropping the handle leaves the channel as it is;
/// [`leave`](Channel::leave) leaves it.
///
/// The handlers are those of the socket: they start in the order of the events, may return an error, and may not panic the client. Data
/// of another type than the handler's is an error for [`Socket::on_error`](crate::Socket::on_error), and for that handler only.
#[derive(Clone)]
#[must_use = "a channel is joined by `subscribe`"]
pub struct Channel {
    socket: Socket,
    shared: Arc<Shared>,
    name: ChannelName,
}

/// # Listening
impl Channel {
    /// Calls `handler` for an event with its data.
    ///
    /// The name is that of the event's class in the namespace of [`EchoBuilder::namespace`](super::EchoBuilder::namespace). If it starts
    /// with `.` or `\`, the rest is the whole name: `.order.shipped`, for `broadcastAs`.
    ///
    /// # Errors
    /// [`EchoError::TooManyListeners`], as for all listeners.
    pub fn listen<T, F, Fut>(self, event: &str, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        let event = self.shared.names.format(event);
        self.add(event, read::data, handler)
    }

    /// Calls `handler` for a whisper of another client in the channel.
    ///
    /// # Errors
    /// [`EchoError::TooManyListeners`].
    pub fn listen_for_whisper<T, F, Fut>(self, name: &str, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.add(whisper_event(name), read::data, handler)
    }

    /// Calls `handler` for each notification.
    ///
    /// # Errors
    /// [`EchoError::TooManyListeners`].
    pub fn notification<T, F, Fut>(self, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.listen(NOTIFICATION, handler)
    }

    /// Calls `handler` when the server refuses the subscription, with the status of Laravel's response: 403, or 0 if the server cannot
    /// reach Laravel.
    ///
    /// The channel stays, and each connect tries it again, as [`subscribe`](Channel::subscribe) does.
    ///
    /// # Errors
    /// [`EchoError::TooManyListeners`].
    pub fn error<F, Fut>(self, handler: F) -> Result<Self, EchoError>
    where
        F: Fn(u16, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.add(SUBSCRIPTION_ERROR.to_owned(), status, handler)
    }

    /// Calls `handler` with what Laravel tells of each user in the channel, this one included, after each subscription.
    ///
    /// # Errors
    /// [`EchoError::NotPresence`], and [`EchoError::TooManyListeners`].
    pub fn here<T, F, Fut>(self, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(Vec<T>, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.require_presence()?;
        self.add(PRESENCE_SUBSCRIBED.to_owned(), here, handler)
    }

    /// Calls `handler` with what Laravel tells of a user who comes in with a first socket.
    ///
    /// # Errors
    /// As [`here`](Channel::here).
    pub fn joining<T, F, Fut>(self, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.require_presence()?;
        self.add(PRESENCE_JOINING.to_owned(), member, handler)
    }

    /// Calls `handler` with what Laravel tells of a user whose last socket is gone.
    ///
    /// # Errors
    /// As [`here`](Channel::here).
    pub fn leaving<T, F, Fut>(self, handler: F) -> Result<Self, EchoError>
    where
        T: DeserializeOwned + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.require_presence()?;
        self.add(PRESENCE_LEAVING.to_owned(), member, handler)
    }

    /// Removes the listeners of an event of this channel, by the name given to [`listen`](Channel::listen).
    pub fn stop_listening(&self, event: &str) {
        self.remove(&self.shared.names.format(event));
    }

    /// Removes the listeners of a whisper in this channel.
    pub fn stop_listening_for_whisper(&self, name: &str) {
        self.remove(&whisper_event(name));
    }

    /// All events of the channel from now on, as a [`Stream`](futures_util::Stream).
    ///
    /// It has the limits of [`Socket::events`](crate::Socket::events).
    #[must_use = "it yields the events after the call"]
    pub fn events(&self) -> ChannelEvents {
        let names = &self.shared.names;
        ChannelEvents::new(self.socket.events(), self.name.clone(), names.clone())
    }

    fn add<T, F, Fut>(
        self,
        event: String,
        read: fn(&Message, &ChannelName) -> Result<Option<T>, SocketError>,
        handler: F,
    ) -> Result<Self, EchoError>
    where
        T: 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        let name = self.name.clone();
        let read = move |message: &Message| read(message, &name);
        let register = |event: &str| self.socket.on_some(event, read, handler);
        self.shared.add_listener(&self.name, event, register)?;
        Ok(self)
    }

    fn remove(&self, event: &str) {
        self.shared
            .remove_listeners(&self.socket, &self.name, Some(event));
    }

    fn require_presence(&self) -> Result<(), EchoError> {
        match self.name.kind() {
            ChannelKind::Presence => Ok(()),
            ChannelKind::Public | ChannelKind::Private => {
                Err(EchoError::NotPresence(self.name.to_string()))
            }
        }
    }
}

/// # Joining and whispering
impl Channel {
    pub(super) fn new(socket: Socket, shared: Arc<Shared>, name: ChannelName) -> Channel {
        Channel {
            socket,
            shared,
            name,
        }
    }

    /// Joins the channel: at once if the socket is connected, and at each connect.
    ///
    /// Returns when the subscription is sent, or at once while the socket is not connected. The server confirms presence channels only,
    /// by [`here`](Channel::here); it tells refusals by [`error`](Channel::error). A channel that is joined already stays so, and
    /// one that was refused is tried again.
    ///
    /// Cancel safe while it awaits the headers. After that, the subscription may be sent only at the next connect.
    ///
    /// # Errors
    /// [`EchoError::TooManyChannels`], [`EchoError::Auth`] if the headers fail, and [`EchoError::Emit`]. The next connect tries again.
    pub async fn subscribe(&self) -> Result<(), EchoError> {
        self.shared.subscribe(&self.socket, &self.name).await
    }

    /// Sends an event to the other clients in the channel, which [listen](Channel::listen_for_whisper) for it. No answer tells whether it
    /// arrives.
    ///
    /// It is dropped while the socket is not connected, because a server drops whispers of clients that are not in the channel.
    ///
    /// # Errors
    /// [`EchoError::NotPrivate`] for a public channel, and [`EchoError::Emit`].
    pub async fn whisper(&self, name: &str, data: impl Serialize) -> Result<(), EchoError> {
        if !self.name.is_authorized() {
            return Err(EchoError::NotPrivate(self.name.to_string()));
        }
        let whisper = Whisper::new(&self.name, name, data);
        Ok(self.socket.emit_volatile(CLIENT_EVENT, whisper).await?)
    }

    /// Leaves the channel, and removes its listeners.
    ///
    /// # Errors
    /// [`EchoError::Emit`] if the server cannot be told.
    pub async fn leave(self) -> Result<(), EchoError> {
        self.shared.leave(&self.socket, &self.name).await
    }

    /// The name, with its prefix: `presence-chat.1`.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The users in a presence channel, sorted by their ids as text. Empty while the socket is not connected, and in other channels.
    ///
    /// They are those that the handlers know. A stream of [`events`](Channel::events) may be ahead of them.
    pub fn members(&self) -> Vec<Member> {
        let channels = self.shared.channels();
        let members = channels.members(&self.name);
        members.map_or_else(Vec::new, |members| members.iter().cloned().collect())
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

// Echo's own handlers report data of another type. These skip it.

fn here<T: DeserializeOwned>(
    message: &Message,
    channel: &ChannelName,
) -> Result<Option<Vec<T>>, SocketError> {
    let list = read::value(message, channel).and_then(|list| members(&list).ok());
    let infos = list.map(|list| {
        let infos = list.iter().map(|member| read::info(message, member));
        infos.collect()
    });
    infos.transpose()
}

fn member<T: DeserializeOwned>(
    message: &Message,
    channel: &ChannelName,
) -> Result<Option<T>, SocketError> {
    let member = read::value(message, channel).and_then(|value| Member::read(&value).ok());
    member
        .map(|member| read::info(message, &member))
        .transpose()
}

fn status(message: &Message, channel: &ChannelName) -> Result<Option<u16>, SocketError> {
    let status = read::value(message, channel).and_then(|status| status.as_u64());
    Ok(status.and_then(|status| u16::try_from(status).ok()))
}
