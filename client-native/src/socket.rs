//! The handle of one namespace.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::wire::head::RESERVED_EVENTS;
use tidewire_core::{Ack, Delivery, Emit, EngineVersion, Misuse};
use tokio::sync::oneshot;

use crate::ack::AckRequest;
use crate::args::{self, Encoded};
use crate::auth::AuthSource;
use crate::channel::Channel;
use crate::client::Client;
use crate::command::{Command, Connecting, Ticket};
use crate::context::Context;
use crate::error::{BuildError, ConnectError, EmitError, SocketError};
use crate::event::Message;
use crate::handlers::HandlerId;
use crate::mailbox::Refused;
use crate::refusal::{OnRefused, Retry};
use crate::settings::HandleSettings;
use crate::stream::Events;

/// A namespace of a connection. Cloning it gives another handle to the same.
#[derive(Clone, Debug)]
pub struct Socket {
    client: Client,
    channel: Arc<Channel>,
}

impl Socket {
    pub(crate) fn new(client: Client, channel: Arc<Channel>) -> Self {
        Socket { client, channel }
    }

    // ---- connecting ----

    /// Connects the namespace, opening the connection if there is none. Ready when the server has let it in.
    ///
    /// # Errors
    /// When the server refuses (and [`Builder::on_refused`](crate::Builder::on_refused) has no answer to that), cannot be reached at this one attempt, or does not answer in time. Nothing goes on in the
    /// background then; see [`open`](Socket::open) for a connection that keeps trying.
    pub async fn connect(&self) -> Result<(), ConnectError> {
        self.await_connection(|tell| Connecting {
            patient: false,
            tell,
        })
        .await
    }

    /// Starts to connect and does not wait: attempts go on, with the pauses of reconnection, until the server lets the
    /// namespace in or refuses it. What is emitted meanwhile is kept.
    pub fn open(&self) {
        self.client.inner.commands.force(vec![Command::Connect {
            index: self.index(),
            done: None,
        }]);
    }

    /// Ready when the namespace is connected; it is connected if it was not on its way already.
    ///
    /// # Errors
    /// When the server refuses, or the client stops trying. Attempts that fail and are followed by another do not count.
    pub async fn connected(&self) -> Result<(), ConnectError> {
        self.await_connection(|tell| Connecting {
            patient: true,
            tell,
        })
        .await
    }

    /// Leaves the namespace; it does not come back by itself. The last one of a client closes the connection.
    pub async fn disconnect(&self) {
        let (done, left) = oneshot::channel();
        let command = Command::Disconnect {
            index: self.index(),
            done,
        };
        self.client.inner.commands.force(vec![command]);
        // An error means that the driver has ended, and every namespace with it.
        let _ = left.await;
    }

    /// Whether the namespace is connected, as far as is known here.
    pub fn is_connected(&self) -> bool {
        self.channel.is_connected()
    }

    /// The id the server knows this namespace by while it is connected; another one after each reconnection.
    pub fn id(&self) -> Option<Arc<str>> {
        self.channel.id()
    }

    /// Whether the server restored the session at the last connect: same id, same rooms, and what was missed has followed.
    /// (socket.io 4.6 and later, where the server has `connectionStateRecovery` on.)
    ///
    /// What the server sends from is the last event that came; before the first one it cannot restore. A session that has sent
    /// a packet which breaks the rules, or is larger than is taken, is not asked for again: it would send the same.
    pub fn is_recovered(&self) -> bool {
        self.channel.is_recovered()
    }

    /// Forgets the events that wait for the connection. Their acks fail with [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn clear_offline_buffer(&self) {
        self.client
            .inner
            .commands
            .force(vec![Command::ClearOffline {
                index: self.index(),
            }]);
    }

    /// The names of the events that wait for the connection, the oldest first.
    pub async fn offline_buffer(&self) -> Vec<String> {
        let (tell, told) = oneshot::channel();
        let command = Command::ListOffline {
            index: self.index(),
            tell,
        };
        self.client.inner.commands.force(vec![command]);
        told.await.unwrap_or_default()
    }

    /// The generation of the server, once it has been met.
    pub fn engine_version(&self) -> Option<EngineVersion> {
        self.channel.engine_version()
    }

    /// The namespace's name, with its leading `/`.
    pub fn name(&self) -> &str {
        &self.channel.name
    }

    /// The connection this namespace is on.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Another namespace on the same connection; see [`Client::namespace`].
    pub fn namespace(&self, name: &str) -> Socket {
        self.client.namespace(name)
    }

    /// Sets the payload that the server's middleware reads in `handshake.auth`, from the next connect on.
    ///
    /// socket.io 2.x has none: there, a token goes into the query.
    ///
    /// # Errors
    /// [`BuildError::Auth`] when the value cannot be written as JSON.
    pub fn set_auth(&self, auth: impl Serialize) -> Result<(), BuildError> {
        self.channel
            .set_auth(AuthSource::value(&auth).map_err(BuildError::Auth)?);
        Ok(())
    }

    /// As [`set_auth`](Socket::set_auth), from an async function that is asked anew at each connect.
    pub fn set_auth_with<F, Fut, T, E>(&self, auth: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        self.channel.set_auth(AuthSource::function(auth));
    }

    /// As [`Builder::on_refused`](crate::Builder::on_refused), for this namespace and in place of what it had.
    pub fn on_refused<F, Fut>(&self, attempts: u32, decide: F)
    where
        F: Fn(crate::Refused) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Retry> + Send + 'static,
    {
        self.channel
            .set_on_refused(OnRefused::new(attempts, decide));
    }

    // ---- sending ----

    /// Sends an event. A tuple is several arguments, `()` none, anything else one; bytes go as attachments.
    ///
    /// Ready when the connection has taken it, which waits while more than 16,384 commands or 16 MiB are on their way.
    /// While the namespace is not connected, events are kept and sent when it is, in order.
    ///
    /// # Errors
    /// [`EmitError::Encode`], [`EmitError::ReservedName`], [`EmitError::Closed`], and [`EmitError::Refused`] when the
    /// offline buffer is full or there are more than 1,000 attachments.
    pub async fn emit(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        self.dispatch(self.plain_emit(encode(name, &args)?)?).await
    }

    /// As [`emit`](Socket::emit), but the event is dropped when the namespace is not connected.
    ///
    /// # Errors
    /// As `emit`, but never for a full offline buffer.
    pub async fn emit_volatile(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        let emit = Emit {
            delivery: Delivery::Volatile,
            ..self.plain_emit(encode(name, &args)?)?
        };
        self.dispatch(emit).await
    }

    /// As [`emit`](Socket::emit) without waiting, for code that is not async. When the offline buffer turns out to be full,
    /// [`on_error`](Socket::on_error) hears of it.
    ///
    /// # Errors
    /// As `emit`, and [`EmitError::QueueFull`] when `emit` would wait.
    pub fn try_emit(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        let emit = self.plain_emit(encode(name, &args)?)?;
        let command = Command::Emit {
            index: self.index(),
            emit,
            taken: None,
        };
        self.try_send(command).map_err(|refused| match refused {
            Refused::Full(_) => EmitError::QueueFull,
            Refused::Closed => EmitError::Closed,
        })
    }

    /// Sends an event when the result is awaited, and waits for the server's answer.
    ///
    /// ```no_run
    /// # async fn example(socket: tidewire::Socket) -> Result<(), tidewire::AckError> {
    /// use std::time::Duration;
    /// let (sum, note): (i64, String) =
    ///     socket.emit_with_ack("add", (1, 2)).timeout(Duration::from_secs(5)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_with_ack<T: DeserializeOwned>(
        &self,
        name: &str,
        args: impl Serialize,
    ) -> AckRequest<T> {
        AckRequest::new(self.clone(), encode(name, &args))
    }

    // ---- hearing ----

    /// Calls `handler` for every event called `name`, with its arguments as `T` and a [`Context`] to answer with.
    ///
    /// Handlers start in the order of the events. One that waits holds up neither the connection nor the handlers after it.
    /// The namespace's own events are `connect` (no arguments), `disconnect` (the reason) and `connect_error` (the message).
    ///
    /// Arguments of another type than `T` are reported to [`on_error`](Socket::on_error).
    pub fn on<T, F, Fut>(&self, name: &str, handler: F) -> HandlerId
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let id = self.channel.handlers.on(name, false, handler);
        self.ensure_dispatcher();
        id
    }

    /// As [`on`](Socket::on), for the next such event alone.
    pub fn once<T, F, Fut>(&self, name: &str, handler: F) -> HandlerId
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let id = self.channel.handlers.on(name, true, handler);
        self.ensure_dispatcher();
        id
    }

    /// Calls `handler` for every event of the server's, before the handlers by name.
    pub fn on_any<F, Fut>(&self, handler: F) -> HandlerId
    where
        F: Fn(Message, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let id = self.channel.handlers.on_any(handler);
        self.ensure_dispatcher();
        id
    }

    /// Calls `handler` for what goes wrong outside of any call. Without one, it is logged with `tracing`.
    pub fn on_error(&self, handler: impl Fn(SocketError) + Send + Sync + 'static) {
        self.channel.handlers.on_error(handler);
        self.ensure_dispatcher();
    }

    /// Takes a handler back. Returns whether it was there.
    pub fn off(&self, handler: HandlerId) -> bool {
        self.channel.handlers.off(handler)
    }

    /// Takes back all handlers of the event called `name`.
    pub fn off_all(&self, name: &str) {
        self.channel.handlers.off_all(name);
    }

    /// Every event from now on, the namespace's own comings and goings among them, as a [`Stream`](futures_util::Stream).
    ///
    /// Up to 8,192 events or 16 MiB are kept for it; then the connection stops reading until some are taken. Drop the
    /// stream when you are done with it.
    pub fn events(&self) -> Events {
        let inbox = self.channel.listen();
        if self.client.inner.commands.is_closed() {
            // The driver has ended, with its runtime, and will not close it.
            inbox.close();
        }
        Events::new(self.clone(), inbox)
    }

    // ---- inside ----

    pub(crate) fn index(&self) -> usize {
        self.channel.index
    }

    pub(crate) fn settings(&self) -> HandleSettings {
        self.client.inner.settings
    }

    pub(crate) fn ticket(&self) -> Ticket {
        self.client.inner.ticket()
    }

    /// Checked here, for `dispatch` does not always wait for what the machine says.
    pub(crate) fn plain_emit(&self, content: Encoded) -> Result<Emit<bytes::Bytes>, EmitError> {
        if content.attachments.len() > self.settings().max_attachments as usize {
            return Err(EmitError::Refused(Misuse::TooManyAttachments));
        }
        Ok(Emit {
            payload: content.json,
            attachments: content.attachments,
            ack: Ack::None,
            delivery: Delivery::Once,
        })
    }

    fn try_send(&self, command: Command) -> Result<(), Refused<Command>> {
        self.client.inner.commands.try_push(command).map(|_| ())
    }

    pub(crate) async fn send(&self, command: Command) -> Result<(), EmitError> {
        self.client
            .inner
            .commands
            .push(command)
            .await
            .map_err(|_| EmitError::Closed)
    }

    pub(crate) fn cancel(&self, ticket: Ticket) {
        self.client
            .inner
            .commands
            .force(vec![Command::Cancel(ticket)]);
    }

    pub(crate) async fn reply(
        &self,
        reply: tidewire_core::Reply,
        args: impl Serialize,
    ) -> Result<(), EmitError> {
        let content = args::encode_args(&args)?;
        let (taken, verdict) = oneshot::channel();
        self.send(Command::Reply {
            index: self.index(),
            reply,
            content,
            taken,
        })
        .await?;
        verdict.await.unwrap_or(Err(EmitError::Closed))
    }

    /// Hands an event to the driver. While connected the machine always takes it, so nobody waits to hear that.
    async fn dispatch(&self, emit: Emit<bytes::Bytes>) -> Result<(), EmitError> {
        let index = self.index();
        if self.is_connected() {
            let taken = None;
            return match self.try_send(Command::Emit { index, emit, taken }) {
                Ok(()) => Ok(()),
                Err(Refused::Closed) => Err(EmitError::Closed),
                // Seldom, and so not in every emit's future.
                Err(Refused::Full(command)) => Box::pin(self.send(command)).await,
            };
        }
        let (taken, verdict) = oneshot::channel();
        self.send(Command::Emit {
            index,
            emit,
            taken: Some(taken),
        })
        .await?;
        verdict.await.unwrap_or(Err(EmitError::Closed))
    }

    async fn await_connection(
        &self,
        connecting: impl FnOnce(oneshot::Sender<Result<(), ConnectError>>) -> Connecting,
    ) -> Result<(), ConnectError> {
        if self.is_connected() {
            return Ok(());
        }
        let (tell, outcome) = oneshot::channel();
        let done = Some(connecting(tell));
        self.client.inner.commands.force(vec![Command::Connect {
            index: self.index(),
            done,
        }]);
        outcome.await.unwrap_or(Err(ConnectError::Closed))
    }

    fn ensure_dispatcher(&self) {
        crate::dispatcher::ensure(&self.client, &self.channel);
    }
}

fn encode(name: &str, args: &impl Serialize) -> Result<Encoded, EmitError> {
    if RESERVED_EVENTS.contains(&name) {
        return Err(EmitError::ReservedName(name.to_owned()));
    }
    Ok(args::encode_event(name, args)?)
}
