//! The handles that users hold: the connection, its namespaces, and the context of a handler.
//!
//! This file has the types, which refer to each other, and their getters. The methods that do
//! something are in the files beside it: `connect`, `emit`, `ack`, `listen`, `reply`, and `builder`, which starts a client.

mod ack;
mod builder;
mod connect;
mod dispatcher;
mod emit;
mod events;
mod handler;
mod handlers;
mod listen;
mod output;
mod reply;
mod weak;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tidewire_core::wire::head::normalized_namespace;
use tidewire_core::{EngineVersion, Hint, Transport};

pub use ack::AckRequest;
pub use builder::Builder;
pub use connect::connect;
pub use events::{Events, TypedEvents};
pub use handlers::HandlerId;
use handlers::Handlers;
pub use output::{Ack, HandlerOutput};
pub use reply::{AckReceiver, AckSender};
pub use weak::WeakSocket;

#[cfg(not(target_family = "wasm"))]
use crate::connection::Observed;
use crate::connection::{Command, NamespaceState, RequestId};
use crate::connection_state::ConnectionState;
use crate::event::ReplyToken;
use crate::host::Runtime;
use crate::mailbox::Mailbox;
use crate::metrics::Metrics;
use crate::options::HandleOptions;

/// One connection to a server, shared by the namespaces on it. Clones are handles to the same connection.
///
/// The connection ends when it is closed, when its last namespace is disconnected, or when the last handle to it or to
/// one of its namespaces is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

/// One namespace of a connection. Clones are handles to the same namespace.
///
/// It keeps the connection alive, also inside a handler, a task or a field that lives as long as the connection: use
/// [`Context::socket`] or [`Socket::downgrade`] there.
#[derive(Clone, Debug)]
pub struct Socket {
    client: Client,
    namespace: Arc<Namespace>,
    /// Whether events of this handle may be compressed.
    compress: bool,
}

/// The second argument of a handler: the socket, and whether the server expects an ack.
#[derive(Debug)]
pub struct Context {
    /// Shared by the events of a turn, so that a context costs one count of references.
    socket: Arc<Socket>,
    reply: Option<Arc<ReplyToken>>,
}

#[derive(Debug)]
struct Inner {
    commands: Arc<Mailbox<Command>>,
    state: Arc<ConnectionState>,
    options: HandleOptions,
    /// Dispatchers run here, whichever thread registers a handler.
    runtime: Runtime,
    namespaces: Mutex<Vec<Arc<Namespace>>>,
    request_ids: AtomicU64,
}

/// A namespace as its handles see it.
#[derive(Debug)]
pub(crate) struct Namespace {
    state: Arc<NamespaceState>,
    handlers: Handlers<Context>,
}

impl Client {
    fn new(
        commands: Arc<Mailbox<Command>>,
        state: Arc<ConnectionState>,
        options: HandleOptions,
        runtime: Runtime,
        first: Namespace,
    ) -> Client {
        let inner = Inner {
            commands,
            state,
            options,
            runtime,
            // Most clients have one namespace.
            namespaces: Mutex::new(Vec::with_capacity(1)),
            request_ids: AtomicU64::new(0),
        };
        inner.add(&mut inner.lock(), first);
        Client {
            inner: Arc::new(inner),
        }
    }

    /// The namespace in the URL of the builder.
    pub fn socket(&self) -> Socket {
        // `new` has added it first.
        let namespace = self.inner.lock()[0].clone();
        Socket::new(self.clone(), namespace)
    }

    /// A namespace of this connection by its name: `/chat`, or `chat` for short. The same name gives the same namespace.
    ///
    /// The namespace is not connected yet: set `auth` and handlers, then [`connect`](Socket::connect). A socket.io 2.x
    /// server reads the query of a namespace (`/ptop?room=demo`); the query of the first call counts.
    pub fn namespace(&self, name: &str) -> Socket {
        let (name, query) = match name.split_once('?') {
            Some((name, query)) => (name, Some(query.to_owned())),
            None => (name, None),
        };
        let namespace = self.inner.namespace(&normalized_namespace(name), query);
        Socket::new(self.clone(), namespace)
    }

    /// The current transport; `None` while there is no connection.
    pub fn transport(&self) -> Option<Transport> {
        self.inner.state.transport()
    }

    /// The numbers of this connection: the stages of its connect, events, bytes, losses. Cheap, and it does not wait for the
    /// connection: each number is that of its last turn, so two of them may be a turn apart.
    pub fn metrics(&self) -> Metrics {
        Metrics {
            transport: self.transport(),
            ..self.inner.state.meter.snapshot()
        }
    }

    /// Passes on a fact that no packet tells, for example that the network is back; see [`Hint`].
    pub fn hint(&self, hint: Hint) {
        self.force(Command::Hint(hint));
    }

    /// Sends a command without waiting for room. The driver may have ended; then the command is dropped.
    fn force(&self, command: Command) {
        self.inner.commands.force(vec![command]);
    }
}

impl Socket {
    fn new(client: Client, namespace: Arc<Namespace>) -> Socket {
        Socket {
            client,
            namespace,
            compress: true,
        }
    }

    /// The namespace's name, with its leading `/`.
    pub fn name(&self) -> &str {
        &self.namespace.state.name
    }

    /// The connection of this namespace.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Another namespace of the same connection; see [`Client::namespace`].
    pub fn namespace(&self, name: &str) -> Socket {
        self.client.namespace(name)
    }

    /// Whether the namespace is connected.
    pub fn is_connected(&self) -> bool {
        self.namespace.state.is_connected()
    }

    /// The id that the server knows this namespace by; `None` while it is not connected. Each reconnection gives a new one.
    pub fn id(&self) -> Option<Arc<str>> {
        self.namespace.state.id()
    }

    /// Whether the server restored the session at the last connect: same id, same rooms, and the missed events follow.
    /// Needs socket.io 4.6 or later with `connectionStateRecovery` on.
    ///
    /// The server restores from the last received event, so it cannot restore before the first one. The client does not ask
    /// for a session that has sent a malformed or too large packet, because the server would send it again.
    pub fn is_recovered(&self) -> bool {
        self.namespace.state.is_recovered()
    }

    /// The Engine.IO version of the server; `None` before the first connect.
    pub fn engine_version(&self) -> Option<EngineVersion> {
        self.namespace.state.engine_version()
    }

    /// A handle to the same namespace whose events are compressed or not, where the connection compresses: see
    /// [`Builder::per_message_deflate`]. Default: yes. For content that is compressed already, such as an image.
    ///
    /// ```no_run
    /// # async fn example(socket: tidewire::Socket, photo: tidewire::Bytes) -> Result<(), tidewire::EmitError> {
    /// socket.compress(false).emit("photo", photo).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(all(feature = "deflate", not(target_family = "wasm")))]
    #[must_use = "it changes no other handle"]
    pub fn compress(&self, compress: bool) -> Socket {
        Socket {
            compress,
            ..self.clone()
        }
    }

    /// Tells `tell` when the namespace is connected and lost.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn observe(&self, tell: impl Fn(Observed) + Send + Sync + 'static) {
        self.namespace.state.observer.set(tell);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.namespace.state.has_ended()
    }

    fn index(&self) -> usize {
        self.namespace.state.index
    }

    fn options(&self) -> &HandleOptions {
        &self.client.inner.options
    }
}

impl Context {
    /// Makes the context of an event that expects no ack: to call a handler in a unit test, for example.
    pub fn new(socket: Socket) -> Context {
        Context {
            socket: Arc::new(socket),
            reply: None,
        }
    }

    /// The namespace of the event. Emitting and awaiting acks from here is fine.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether the server expects an ack.
    pub fn wants_ack(&self) -> bool {
        self.reply.is_some()
    }
}

impl Inner {
    fn next_request_id(&self) -> RequestId {
        self.request_ids.fetch_add(1, Ordering::Relaxed)
    }

    fn namespace(&self, name: &str, query: Option<String>) -> Arc<Namespace> {
        let mut namespaces = self.lock();
        let known = namespaces.iter().find(|known| known.state.name == name);
        if let Some(known) = known {
            return known.clone();
        }
        let state =
            NamespaceState::new(namespaces.len(), name.to_owned(), query, self.options.inbox);
        if self.state.is_closed() {
            state.set_closed();
        }
        let namespace = Namespace {
            state: Arc::new(state),
            handlers: Handlers::default(),
        };
        self.add(&mut namespaces, namespace)
    }

    /// Registers a namespace with the driver. The lock is held, so the driver gets namespaces in the order of their indexes.
    fn add(&self, namespaces: &mut Vec<Arc<Namespace>>, namespace: Namespace) -> Arc<Namespace> {
        self.commands
            .force(vec![Command::Register(namespace.state.clone())]);
        let namespace = Arc::new(namespace);
        namespaces.push(namespace.clone());
        namespace
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Namespace>>> {
        self.namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    /// The last handle is gone: the driver sends what is queued, closes the connection and ends.
    fn drop(&mut self) {
        self.commands.close();
    }
}
