//! Messages from one client to another, and presence, with servers of egg-socket.io and mobile-sdk.
//!
//! Both send the [`envelope`](crate::envelope) inside events. [`Peers`] knows which events, who this client is, who else is in the
//! room, and what to do after a reconnect. The rules are those of [`tidewire_core::peers`].
//!
//! A bot that answers, in a room of egg-socket.io's peer-to-peer example:
//!
//! ```no_run
//! use tidewire::Event;
//! use tidewire::peers::{PeerEvent, Peers};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = tidewire::Client::builder("http://localhost:7001/ptop?room=demo&userId=bot").build()?;
//! let mut peers = Peers::new(&client.socket());
//! client.socket().connect().await?;
//! while let Some(event) = peers.next().await {
//!     match event {
//!         PeerEvent::Message(message) => {
//!             // Another client may send anything.
//!             if let Ok(text) = message.payload::<String>() {
//!                 peers.reply(&message, format!("you said {text}")).await?;
//!             }
//!         }
//!         PeerEvent::Denied(message) => println!("denied: {message:?}"),
//!         // After a denial or a kick no event follows.
//!         PeerEvent::Other(Event::Ended(_)) => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod event;
mod sdk;
mod sender;
mod target;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use serde::Serialize;
use serde::de::IgnoredAny;
use tidewire_core::envelope::{Action, Envelope, ONLINE, Online, RESPONSE_MESSAGE};
use tidewire_core::peers::{Change, Saved, is_signature_refusal};

pub use tidewire_core::peers::{Members, SaveId};

pub use error::PeerError;
pub use event::{PeerEvent, PeerMessage};
pub use sdk::SignRequest;
pub use sender::PeerSender;
pub use target::Target;

use crate::args::DecodeError;
use crate::error::SocketError;
use crate::event::{Event, Message};
use crate::handle::{Events, Socket};
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use sdk::Sdk;

/// The peers of a namespace: their messages and their presence as a stream.
///
/// It keeps the client alive, as [`Events`] does, and has its limits. [`members`](Peers::members) are those of the events taken so
/// far, so poll it also if only they matter.
pub struct Peers {
    events: Events,
    sender: PeerSender,
    members: Members,
    /// The socket's id; empty before the first connect.
    own: Arc<str>,
    leaves_when_denied: bool,
    /// Events that were made of one event of the server.
    ready: VecDeque<PeerEvent>,
    /// A message to the server, or the disconnect after a denial. The mutex, which is never locked, makes peers `Sync`.
    running: Mutex<Option<Running>>,
}

type Running = BoxFuture<'static, Result<(), PeerError>>;

impl Peers {
    /// The peers of egg-socket.io's peer-to-peer example. Call it before the socket connects.
    ///
    /// A message goes as `exchange`, and comes as an event that is named by the socket's own id. `online` tells who is there.
    pub fn new(socket: &Socket) -> Peers {
        Peers::create(socket, None)
    }

    /// The peers of a mobile-sdk server. Call it before the socket connects.
    ///
    /// Every message to the server is signed for `app`. `sign` makes the signature: it may ask your server for it, because
    /// [the key](crate::envelope::sign) must not ship with a program that others can read.
    ///
    /// ```no_run
    /// # fn example(socket: &tidewire::Socket) {
    /// use tidewire::envelope::sign;
    /// use tidewire::peers::Peers;
    ///
    /// let peers = Peers::mobile_sdk(socket, "signatureApp", |request| async move {
    ///     Ok::<_, std::env::VarError>(sign(&request.app, &std::env::var("KEY")?, request.timestamp))
    /// });
    /// # }
    /// ```
    pub fn mobile_sdk<F, Fut, E>(socket: &Socket, app: &str, sign: F) -> Peers
    where
        F: Fn(SignRequest) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<String, E>> + MaybeSend + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Peers::create(socket, Some(Arc::new(Sdk::new(app, sign))))
    }

    fn create(socket: &Socket, sdk: Option<Arc<Sdk>>) -> Peers {
        Peers {
            events: socket.events(),
            sender: PeerSender::new(socket.clone(), sdk),
            members: Members::new(),
            own: socket.id().unwrap_or_default(),
            leaves_when_denied: true,
            ready: VecDeque::new(),
            running: Mutex::new(None),
        }
    }

    /// Stays connected, and reconnects, after a denial. Default: it disconnects, because the server would deny it again.
    #[must_use]
    pub fn stay_when_denied(mut self) -> Peers {
        self.leaves_when_denied = false;
        self
    }

    /// The next event; `None` at the end, which comes with the runtime of the client. After
    /// [`Event::Ended`] no event follows until the socket is told to connect.
    ///
    /// Cancel safe: no event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<PeerEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The other clients in the room, without this one. Empty while it is not connected.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// A handle that sends, for other tasks.
    pub fn sender(&self) -> &PeerSender {
        &self.sender
    }

    /// Sends to another client; see [`PeerSender::send`].
    ///
    /// # Errors
    /// As [`PeerSender::send`].
    pub async fn send(
        &self,
        target: impl Into<Target>,
        payload: impl Serialize,
    ) -> Result<(), PeerError> {
        self.sender.send(target, payload).await
    }

    /// Sends to the sender of a message.
    ///
    /// # Errors
    /// As [`PeerSender::send`], and [`PeerError::NoSender`] if the message does not name its sender.
    pub async fn reply(
        &self,
        message: &PeerMessage,
        payload: impl Serialize,
    ) -> Result<(), PeerError> {
        let sender = message.sender().ok_or(PeerError::NoSender)?;
        self.sender.send(sender, payload).await
    }

    fn run(&mut self, future: impl Future<Output = Result<(), PeerError>> + MaybeSend + 'static) {
        *self.running() = Some(Box::pin(future));
    }

    fn running(&mut self) -> &mut Option<Running> {
        self.running
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Message(message) => {
                let handled = self.handle_message(&message);
                if let Err(source) = handled {
                    let event = message.name().into_owned();
                    self.ready.push_back(PeerEvent::Error(
                        SocketError::Decode { event, source }.into(),
                    ));
                }
            }
            Event::Connected(id) => {
                self.own = id.clone();
                self.ready.push_back(PeerEvent::Connected(id));
            }
            other => {
                if matches!(other, Event::Disconnected { .. }) {
                    self.members.clear();
                }
                self.ready.push_back(PeerEvent::Other(other));
            }
        }
    }

    fn handle_message(&mut self, message: &Message) -> Result<(), DecodeError> {
        let is_response = self.sender.sdk.is_some() && message.is_named(RESPONSE_MESSAGE);
        if message.is_to_me() || is_response {
            return self.handle_envelope(message);
        }
        if message.is_named(ONLINE) {
            let online: Online = message.args()?;
            let changes = self.members.apply(&self.own, &online);
            self.ready.extend(changes.into_iter().map(PeerEvent::from));
            return Ok(());
        }
        let other = Event::Message(message.clone());
        self.ready.push_back(PeerEvent::Other(other));
        Ok(())
    }

    fn handle_envelope(&mut self, message: &Message) -> Result<(), DecodeError> {
        let envelope: Envelope<IgnoredAny> = message.args()?;
        let action = envelope.data.action;
        match (&action, self.sender.sdk.clone()) {
            (Action::SaveId, Some(sdk)) => return self.register(&sdk, message),
            (Action::ReConnectUpdated, Some(sdk)) => {
                self.ready.extend(sdk.ids().map(PeerEvent::Registered));
                return Ok(());
            }
            _ => {}
        }
        let is_denied = action == Action::Deny || is_refused(message);
        let message = PeerMessage::new(message.clone(), action, envelope.meta);
        if is_denied {
            self.ready.push_back(PeerEvent::Denied(message));
            if self.leaves_when_denied {
                let socket = self.sender.socket.clone();
                self.run(async move {
                    socket.disconnect().await;
                    Ok(())
                });
            }
        } else {
            self.ready.push_back(PeerEvent::Message(message));
        }
        Ok(())
    }

    fn register(&mut self, sdk: &Arc<Sdk>, message: &Message) -> Result<(), DecodeError> {
        let envelope: Envelope<SaveId> = message.args()?;
        match sdk.save(envelope.data.payload) {
            Saved::First | Saved::Known => {
                self.ready.extend(sdk.ids().map(PeerEvent::Registered));
            }
            Saved::Replaced => {
                let sender = self.sender.clone();
                self.run(async move {
                    let payload = "reconnect socket!";
                    sender.request(Action::ReConnectAndUpdates, payload).await
                });
            }
        }
        Ok(())
    }
}

/// Whether a mobile-sdk server refuses a signature: it says so in an `exchange`.
fn is_refused(message: &Message) -> bool {
    let envelope = message.args::<Envelope<String>>();
    envelope.is_ok_and(|envelope| is_signature_refusal(&envelope.data.payload))
}

impl Stream for Peers {
    type Item = PeerEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PeerEvent>> {
        let this = self.get_mut();
        loop {
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(Some(event));
            }
            if let Some(running) = this.running()
                && let Poll::Ready(outcome) = running.as_mut().poll(cx)
            {
                *this.running() = None;
                if let Err(error) = outcome {
                    return Poll::Ready(Some(PeerEvent::Error(error)));
                }
            }
            match ready!(Pin::new(&mut this.events).poll_next(cx)) {
                Some(event) => this.handle(event),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl From<Change> for PeerEvent {
    fn from(change: Change) -> PeerEvent {
        match change {
            Change::Joined(id) => PeerEvent::Joined(id),
            Change::Left(id) => PeerEvent::Left(id),
        }
    }
}

impl std::fmt::Debug for Peers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peers")
            .field("own", &self.own)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
