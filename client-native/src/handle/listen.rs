//! Registering handlers and streams.

use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::OptionFuture;
use serde::de::DeserializeOwned;

use super::dispatcher;
use super::handler::{Handler, handler};
use super::handlers::HandlerId;
use super::output::{Finish, HandlerOutput};
use super::{Context, Events, Socket, TypedEvents};
use crate::error::SocketError;
use crate::event::Message;
use crate::maybe_send::{MaybeSend, MaybeSync};

/// # Listening
impl Socket {
    /// Calls `handler` for every event called `name`, with its arguments as `T` and a [`Context`].
    ///
    /// Handlers start in the order of the events. A pending handler blocks neither the connection nor later handlers. A
    /// handler may return an ack or an error; see [`HandlerOutput`].
    ///
    /// The namespace's own events are `connect` (no arguments), `disconnect` (the reason) and `connect_error` (the message).
    ///
    /// [`on_error`](Socket::on_error) gets an error if the arguments are not a `T`.
    ///
    /// A handler that captures a socket of its own client keeps the connection alive: use [`Context::socket`], or
    /// [`downgrade`](Socket::downgrade).
    pub fn on<T, F, Fut>(&self, name: &str, handler: F) -> HandlerId
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.add_handler(name, false, typed(handler))
    }

    /// Calls `handler` for the next event called `name` only; see [`on`](Socket::on).
    pub fn once<T, F, Fut>(&self, name: &str, handler: F) -> HandlerId
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.add_handler(name, true, typed(handler))
    }

    /// Calls `handler` for every event from the server, before the handlers by name.
    pub fn on_any<F, Fut>(&self, handler: F) -> HandlerId
    where
        F: Fn(Message, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        let id = self.namespace.handlers.add_any(untyped(handler));
        dispatcher::ensure_running(self);
        id
    }

    /// Calls `handler` for errors that no call returns. Without a handler, they are logged with `tracing`.
    pub fn on_error(&self, handler: impl Fn(SocketError) + MaybeSend + MaybeSync + 'static) {
        self.namespace.handlers.set_error_handler(handler);
        dispatcher::ensure_running(self);
    }

    /// Removes a handler. Returns whether it was registered.
    pub fn off(&self, handler: HandlerId) -> bool {
        self.namespace.handlers.remove(handler)
    }

    /// Removes all handlers of the event called `name`.
    pub fn off_all(&self, name: &str) {
        self.namespace.handlers.remove_all(name);
    }

    /// Every event from now on, changes of the connection included, as a [`Stream`](futures_util::Stream).
    ///
    /// It holds up to 16 MiB ([`Builder::inbox_bytes`](crate::Builder::inbox_bytes)). If it is full, the connection stops
    /// reading until some are taken, so drop the stream when it is not needed any more.
    #[must_use = "it yields the events after the call"]
    pub fn events(&self) -> Events {
        let inbox = self.namespace.state.listen();
        if self.client.inner.commands.is_closed() {
            // The driver has ended with its runtime, and will not close the inbox.
            inbox.close();
        }
        Events::new(self.clone(), inbox)
    }

    /// The arguments of every event called `name` from now on, as a [`Stream`](futures_util::Stream) of
    /// `Result<T, DecodeError>`.
    ///
    /// It has the limits of [`events`](Socket::events), and skips all other events while it is polled.
    ///
    /// ```no_run
    /// # async fn example(socket: tidewire::Socket) -> Result<(), tidewire::DecodeError> {
    /// let mut ticks = socket.listen::<(u32, String)>("tick");
    /// while let Some(tick) = ticks.next().await {
    ///     let (number, text) = tick?;
    ///     println!("{number}: {text}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "it yields the events after the call"]
    pub fn listen<T: DeserializeOwned>(&self, name: &str) -> TypedEvents<T> {
        TypedEvents::new(self.events(), name)
    }

    /// Calls `handler` for the events called `name` that `read` takes; see [`on`](Socket::on).
    pub(crate) fn on_some<T, R, F, Fut>(&self, name: &str, read: R, handler: F) -> HandlerId
    where
        T: 'static,
        R: Fn(&Message) -> Result<Option<T>, SocketError> + MaybeSend + MaybeSync + 'static,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.add_handler(name, false, selective(read, handler))
    }

    fn add_handler(&self, name: &str, once: bool, handler: Handler<Context>) -> HandlerId {
        let id = self.namespace.handlers.add(name, once, handler);
        dispatcher::ensure_running(self);
        id
    }
}

/// A handler that decodes the arguments first.
pub(super) fn typed<T, F, Fut>(function: F) -> Handler<Context>
where
    T: DeserializeOwned,
    F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
    Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
{
    handler(move |message: &Message, context: Context| {
        let args = message.args::<T>().map_err(|error| SocketError::Decode {
            event: message.name().into_owned(),
            source: error,
        })?;
        let origin = Fut::Output::origin(&context, message);
        Ok(Finish::complete(function(args, context), origin))
    })
}

/// A handler of the events that `read` takes.
fn selective<T, R, F, Fut>(read: R, function: F) -> Handler<Context>
where
    R: Fn(&Message) -> Result<Option<T>, SocketError> + MaybeSend + MaybeSync + 'static,
    F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
    Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
{
    handler(move |message: &Message, context: Context| {
        let call = read(message)?.map(|value| {
            let origin = Fut::Output::origin(&context, message);
            Finish::complete(function(value, context), origin)
        });
        Ok(OptionFuture::from(call).map(drop))
    })
}

/// A handler that takes the message as it is.
pub(super) fn untyped<F, Fut>(function: F) -> Handler<Context>
where
    F: Fn(Message, Context) -> Fut + MaybeSend + MaybeSync + 'static,
    Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
{
    handler(move |message: &Message, context: Context| {
        let origin = Fut::Output::origin(&context, message);
        Ok(Finish::complete(function(message.clone(), context), origin))
    })
}
