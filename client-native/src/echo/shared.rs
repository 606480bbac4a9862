//! The state that an Echo, its channels and its handlers share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;
use tidewire_core::echo::{
    ChannelName, Channels, EventNames, Headers, SUBSCRIBE, Subscription, Ticket, UNSUBSCRIBE,
};

use super::auth::Auth;
use super::error::EchoError;
use crate::handle::{HandlerId, Socket, WeakSocket};

/// It has no socket, because the handlers of the socket own it.
pub(super) struct Shared {
    auth: Auth,
    pub(super) names: EventNames,
    channels: Mutex<Channels>,
    listeners: Mutex<Listeners>,
    /// Held while a message about a channel is decided and sent, so that messages keep their order.
    order: tokio::sync::Mutex<()>,
}

/// The handlers of each channel, with the names of their events.
#[derive(Default)]
struct Listeners {
    by_channel: BTreeMap<ChannelName, Vec<(String, HandlerId)>>,
    count: usize,
}

/// The most listeners of all channels.
const LISTENERS: usize = 10_000;

/// The subscriptions of a connect that await their headers at a time.
const ASKING: usize = 16;

impl Shared {
    pub(super) fn new(auth: Auth, names: EventNames) -> Shared {
        Shared {
            auth,
            names,
            channels: Mutex::default(),
            listeners: Mutex::default(),
            order: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn channels(&self) -> MutexGuard<'_, Channels> {
        lock(&self.channels)
    }

    /// Joins a channel, and subscribes if the client is connected.
    pub(super) async fn subscribe(
        &self,
        socket: &Socket,
        channel: &ChannelName,
    ) -> Result<(), EchoError> {
        let ticket = self.channels().subscribe(channel)?;
        match ticket {
            Some(ticket) => self.redeem(&socket.downgrade(), ticket).await,
            None => Ok(()),
        }
    }

    /// Subscribes to every channel, because the client has connected. Goes on after an error; returns the first.
    pub(super) async fn subscribe_all(
        self: Arc<Self>,
        socket: WeakSocket,
    ) -> Result<(), EchoError> {
        let tickets = self.channels().handle_connected();
        let redeem = |ticket| self.redeem(&socket, ticket);
        let mut outcomes = stream::iter(tickets).map(redeem).buffer_unordered(ASKING);
        let mut first = Ok(());
        while let Some(outcome) = outcomes.next().await {
            first = first.and(outcome);
        }
        first
    }

    /// Leaves a channel, and drops its listeners.
    pub(super) async fn leave(
        &self,
        socket: &Socket,
        channel: &ChannelName,
    ) -> Result<(), EchoError> {
        self.remove_listeners(socket, channel, None);
        let _order = self.order.lock().await;
        if self.channels().leave(channel) {
            let message = Subscription::new(channel, Headers::new());
            socket.emit_volatile(UNSUBSCRIBE, message).await?;
        }
        Ok(())
    }

    /// Asks for the headers of a subscription, and sends it. Does not keep the client alive while it waits for them.
    async fn redeem(&self, socket: &WeakSocket, ticket: Ticket) -> Result<(), EchoError> {
        let pending = Pending {
            shared: self,
            ticket,
        };
        let channel = pending.ticket.channel();
        let headers = self.auth.headers(channel).await?;
        let _order = self.order.lock().await;
        let Some(socket) = socket.upgrade() else {
            return Ok(());
        };
        let is_current = self.channels().send(&pending.ticket);
        if is_current {
            let message = Subscription::new(channel, headers);
            // Volatile, because the next connect subscribes again.
            socket.emit_volatile(SUBSCRIBE, message).await?;
        }
        Ok(())
    }

    /// Registers a listener by `register`, which gets the name of the event.
    pub(super) fn add_listener(
        &self,
        channel: &ChannelName,
        event: String,
        register: impl FnOnce(&str) -> HandlerId,
    ) -> Result<(), EchoError> {
        let mut listeners = lock(&self.listeners);
        if listeners.count >= LISTENERS {
            return Err(EchoError::TooManyListeners);
        }
        listeners.count += 1;
        let handler = register(&event);
        let of_channel = listeners.by_channel.entry(channel.clone()).or_default();
        of_channel.push((event, handler));
        Ok(())
    }

    /// Removes the listeners of an event, or of all.
    pub(super) fn remove_listeners(
        &self,
        socket: &Socket,
        channel: &ChannelName,
        event: Option<&str>,
    ) {
        let mut listeners = lock(&self.listeners);
        let Listeners { by_channel, count } = &mut *listeners;
        let Some(of_channel) = by_channel.get_mut(channel) else {
            return;
        };
        let is_removed =
            |(name, _): &mut (String, HandlerId)| event.is_none_or(|event| event == name);
        for (_, handler) in of_channel.extract_if(.., is_removed) {
            socket.off(handler);
            *count -= 1;
        }
        if of_channel.is_empty() {
            by_channel.remove(channel);
        }
    }
}

/// A subscription whose headers are awaited. Dropping it gives the ticket back, if it is not used.
struct Pending<'a> {
    shared: &'a Shared,
    ticket: Ticket,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.shared.channels().fail(&self.ticket);
    }
}

/// Ignores poisoning: a panic of another thread leaves each value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
