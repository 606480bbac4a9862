//! The channels of a socket.

use std::sync::Arc;

use tidewire_core::echo::{
    ChannelKind, ChannelName, InvalidData, PRESENCE_JOINING, PRESENCE_LEAVING, PRESENCE_SUBSCRIBED,
    SUBSCRIPTION_ERROR, X_SOCKET_ID,
};

use super::channel::Channel;
use super::error::EchoError;
use super::read;
use super::shared::Shared;
use crate::event::Message;
use crate::handle::{Context, Socket};

/// The channels of a socket. Clones have the same channels.
///
/// Make one Echo for a socket. It keeps the client alive, as a socket does, and its handlers stay with the socket.
#[derive(Clone)]
pub struct Echo {
    socket: Socket,
    shared: Arc<Shared>,
}

impl Echo {
    /// A public channel.
    ///
    /// # Errors
    /// [`EchoError::Channel`] if the name cannot be that of a channel.
    pub fn channel(&self, name: &str) -> Result<Channel, EchoError> {
        self.named(ChannelKind::Public, name)
    }

    /// A private channel, by its name without `private-`.
    ///
    /// # Errors
    /// As [`channel`](Echo::channel).
    pub fn private(&self, name: &str) -> Result<Channel, EchoError> {
        self.named(ChannelKind::Private, name)
    }

    /// A presence channel, by its name without `presence-`.
    ///
    /// # Errors
    /// As [`channel`](Echo::channel).
    pub fn join(&self, name: &str) -> Result<Channel, EchoError> {
        self.named(ChannelKind::Presence, name)
    }

    /// Leaves the public, the private and the presence channel of this name, and removes their listeners.
    ///
    /// # Errors
    /// As [`channel`](Echo::channel), and [`EchoError::Emit`] if the server cannot be told.
    pub async fn leave(&self, name: &str) -> Result<(), EchoError> {
        for kind in [
            ChannelKind::Public,
            ChannelKind::Private,
            ChannelKind::Presence,
        ] {
            self.named(kind, name)?.leave().await?;
        }
        Ok(())
    }

    /// Leaves one channel by its full name, such as `private-chat.1`, and removes its listeners.
    ///
    /// # Errors
    /// As [`leave`](Echo::leave).
    pub async fn leave_channel(&self, name: &str) -> Result<(), EchoError> {
        self.channel(name)?.leave().await
    }

    /// Leaves every channel.
    ///
    /// # Errors
    /// As [`leave`](Echo::leave).
    pub async fn leave_all(&self) -> Result<(), EchoError> {
        for name in self.channels() {
            self.leave_channel(&name).await?;
        }
        Ok(())
    }

    /// The full names of the channels that are joined, sorted.
    pub fn channels(&self) -> Vec<String> {
        let channels = self.shared.channels();
        channels.names().map(ToString::to_string).collect()
    }

    /// The id of the socket; `None` while it is not connected.
    pub fn socket_id(&self) -> Option<Arc<str>> {
        self.socket.id()
    }

    /// The header of a request to Laravel whose broadcasts are to skip this socket. `None` while it is not connected.
    ///
    /// ```no_run
    /// # fn example(echo: tidewire::echo::Echo, mut request: http::Request<String>) -> Result<(), http::Error> {
    /// if let Some((name, id)) = echo.socket_id_header() {
    ///     request.headers_mut().insert(name, http::HeaderValue::from_str(&id)?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn socket_id_header(&self) -> Option<(&'static str, Arc<str>)> {
        self.socket_id().map(|id| (X_SOCKET_ID, id))
    }

    /// The socket.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    fn named(&self, kind: ChannelKind, name: &str) -> Result<Channel, EchoError> {
        let name = ChannelName::new(kind, name)?;
        Ok(Channel::new(self.socket.clone(), self.shared.clone(), name))
    }

    /// Registers the handlers of Echo itself, before those of its channels.
    pub(super) fn start(socket: Socket, shared: Arc<Shared>) -> Echo {
        let owner = shared.clone();
        socket.on("connect", move |(), context: Context| {
            owner.clone().subscribe_all(context.socket().downgrade())
        });
        let owner = shared.clone();
        socket.on("disconnect", move |(), _| {
            owner.channels().handle_disconnected();
            std::future::ready(())
        });
        for event in [
            PRESENCE_SUBSCRIBED,
            PRESENCE_JOINING,
            PRESENCE_LEAVING,
            SUBSCRIPTION_ERROR,
        ] {
            let owner = shared.clone();
            let take = move |message: &Message| Ok(Some(owner.take(message)));
            socket.on_some(event, take, |outcome, _| std::future::ready(outcome));
        }
        if socket.is_connected() {
            shared.channels().handle_connected();
        }
        Echo { socket, shared }
    }
}

impl Shared {
    /// Takes an event of the server about a channel. Events without a channel are ignored.
    fn take(&self, message: &Message) -> Result<(), InvalidData> {
        match read::arguments(message) {
            Some((channel, data)) => {
                let mut channels = self.channels();
                channels
                    .handle_event(&message.name(), &channel, &data)
                    .map(drop)
            }
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Echo")
            .field("socket", &self.socket)
            .field("channels", &self.channels())
            .finish_non_exhaustive()
    }
}
