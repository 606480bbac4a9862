//! Sending events, and the offline buffer.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::wire::head::RESERVED_EVENTS;
use tidewire_core::{Ack, Delivery, Emit, Misuse, Transport};
use tokio::sync::oneshot;

use super::{AckRequest, Socket};
use crate::args::{self, Encoded, Written};
use crate::connection::Command;
use crate::error::EmitError;
use crate::host::FrameBlock;
use crate::mailbox::Refused;

/// # Emitting
impl Socket {
    /// Sends an event. Returns when the connection has taken it, which writes it soon: call
    /// [`Client::close`](crate::Client::close) before the runtime ends.
    ///
    /// While the namespace is not connected, the event is buffered, and sent in order after the connect. While 16,384
    /// commands are queued, or 16 MiB are not sent yet, `emit` waits, first come, first served.
    ///
    /// Cancel safe: if the future is dropped before it is ready, the event is either queued or not sent.
    ///
    /// The arguments:
    ///
    /// ```
    /// # use tidewire::{Client, ConnectError};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = tidewire_testbed::spawn(Default::default()).await?;
    /// # let socket = Client::builder(server.url()).connect().await?;
    /// socket.emit("say", "hello").await?; // one argument: "hello"
    /// socket.emit("move", (3, "up")).await?; // two arguments: 3, "up"
    /// socket.emit("scores", vec![1, 2]).await?; // one argument, a list: [1, 2]
    /// socket.emit("state", serde_json::json!({"x": 1})).await?; // one argument, an object
    /// socket.emit("ready", ()).await?; // no argument
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EmitError::Encode`], [`EmitError::ReservedName`], [`EmitError::Closed`], and [`EmitError::Refused`] if the
    /// offline buffer is full or the event has more attachments than [`Builder::max_attachments`](crate::Builder::max_attachments).
    pub async fn emit(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        let Some(emit) = self.merge_emit(name, &args)? else {
            return Ok(());
        };
        self.queue_emit(emit).await
    }

    /// Sends an event, and drops it if the namespace is not connected.
    ///
    /// Cancel safe, as [`emit`](Socket::emit).
    ///
    /// # Errors
    /// As [`emit`](Socket::emit), but never for a full offline buffer.
    pub async fn emit_volatile(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        let emit = Emit {
            delivery: Delivery::Volatile,
            ..self.plain_emit(write(name, &args)?.encode())?
        };
        self.queue_emit(emit).await
    }

    /// Sends an event without waiting, for code that is not async. If the offline buffer turns out to be full,
    /// [`on_error`](Socket::on_error) gets the error.
    ///
    /// # Errors
    /// As [`emit`](Socket::emit), and [`EmitError::QueueFull`] when `emit` would wait.
    pub fn try_emit(&self, name: &str, args: impl Serialize) -> Result<(), EmitError> {
        let Some(emit) = self.merge_emit(name, &args)? else {
            return Ok(());
        };
        let command = Command::Emit {
            index: self.index(),
            emit,
            reply_tx: None,
        };
        self.try_send(command).map_err(|refused| match refused {
            Refused::Full(_) => EmitError::QueueFull,
            Refused::Closed => EmitError::Closed,
        })
    }

    /// Sends an event and waits for the server's ack, once the returned request is awaited.
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
        let content = write(name, &args).map(Written::encode);
        AckRequest::new(self.clone(), name, content)
    }

    /// Drops the buffered events. Their acks fail with [`AckError::Dropped`](crate::AckError::Dropped).
    pub fn clear_offline_buffer(&self) {
        self.client.force(Command::ClearOffline {
            index: self.index(),
        });
    }

    /// The names of the buffered events, the oldest first. Cancel safe.
    pub async fn offline_buffer(&self) -> Vec<String> {
        let (reply_tx, reply_rx) = oneshot::channel();
        self.client.force(Command::ListOffline {
            index: self.index(),
            reply_tx,
        });
        reply_rx.await.unwrap_or_default()
    }

    /// An emit without options. Checks here whether the client is closed, and the attachments, because `queue_emit` does not always wait for the machine's
    /// verdict.
    pub(super) fn plain_emit(&self, content: Encoded) -> Result<Emit<Bytes>, EmitError> {
        if self.namespace.state.is_closed() {
            return Err(EmitError::Closed);
        }
        if content.attachments.len() > self.options().max_attachments as usize {
            return Err(EmitError::Refused(Misuse::TooManyAttachments));
        }
        Ok(Emit {
            payload: content.json,
            attachments: content.attachments,
            ack: Ack::None,
            delivery: Delivery::Once,
            compress: self.compress,
        })
    }

    /// Queues an event as a frame, behind those that the driver has not taken yet. Returns it if that cannot be: it has
    /// attachments, is large, is not for a WebSocket, or there is no room.
    fn merge_emit(
        &self,
        name: &str,
        args: &impl Serialize,
    ) -> Result<Option<Emit<Bytes>>, EmitError> {
        let written = write(name, args)?;
        if let Some(json) = written.plain_json()
            && json.len() <= MERGED
            && !self.namespace.state.is_closed()
            && self.is_connected()
            && self.client.transport() == Some(Transport::WebSocket)
            && self.merge(json)?
        {
            return Ok(None);
        }
        self.plain_emit(written.encode()).map(Some)
    }

    /// Adds the frame of a plain event to the newest command, or in one of its own. Returns `false` if there is no room, or if it may be compressed.
    fn merge(&self, json: &[u8]) -> Result<bool, EmitError> {
        let (index, header) = (self.index(), &self.namespace.state.event_header);
        let size = header.len() + json.len();
        if size >= self.options().compressed {
            return Ok(false);
        }
        let merged = self.client.inner.commands.try_merge(size, |newest| {
            if let Some(Command::Events {
                index: own,
                block,
                count,
            }) = newest
                && *own == index
                && block.takes(size)
            {
                *count += 1;
                block.push_text([header, json]);
                return None;
            }
            let mut block = FrameBlock::default();
            block.push_text([header, json]);
            Some(Command::Events {
                index,
                block,
                count: 1,
            })
        });
        match merged {
            Ok(()) => Ok(true),
            Err(Refused::Full(())) => Ok(false),
            Err(Refused::Closed) => Err(EmitError::Closed),
        }
    }

    /// Sends a command, and waits while the queue is full.
    pub(super) async fn send(&self, command: Command) -> Result<(), EmitError> {
        let sent = self.client.inner.commands.push(command).await;
        sent.map_err(|_| EmitError::Closed)
    }

    fn try_send(&self, command: Command) -> Result<(), Refused<Command>> {
        self.client.inner.commands.try_push(command)
    }

    /// Hands an event to the driver. While connected, the machine takes every event, so there is no verdict to wait for.
    async fn queue_emit(&self, emit: Emit<Bytes>) -> Result<(), EmitError> {
        let index = self.index();
        if self.is_connected() {
            let command = Command::Emit {
                index,
                emit,
                reply_tx: None,
            };
            return match self.try_send(command) {
                Ok(()) => Ok(()),
                Err(Refused::Closed) => Err(EmitError::Closed),
                // Rare, so boxed: the future of every emit stays small.
                Err(Refused::Full(Command::Emit { emit, .. })) => {
                    Box::pin(self.emit_for_verdict(emit)).await
                }
                Err(Refused::Full(_)) => unreachable!("it is the emit"),
            };
        }
        self.emit_for_verdict(emit).await
    }

    /// Hands an event to the driver and waits for the machine's verdict: the namespace may not be connected by then.
    async fn emit_for_verdict(&self, emit: Emit<Bytes>) -> Result<(), EmitError> {
        let (reply_tx, reply_rx) = oneshot::channel();
        self.send(Command::Emit {
            index: self.index(),
            emit,
            reply_tx: Some(reply_tx),
        })
        .await?;
        reply_rx.await.unwrap_or(Err(EmitError::Closed))
    }
}

/// The bytes of the largest JSON that is copied while the queue is locked.
const MERGED: usize = 4 << 10;

fn write(name: &str, args: &impl Serialize) -> Result<Written, EmitError> {
    if RESERVED_EVENTS.contains(&name) {
        return Err(EmitError::ReservedName(name.to_owned()));
    }
    Ok(args::write_event(name, args)?)
}
