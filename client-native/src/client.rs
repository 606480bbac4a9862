//! The handle of a whole connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tidewire_core::wire::head::normalized_namespace;
use tidewire_core::{Hint, Transport};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::builder::Builder;
use crate::channel::Channel;
use crate::command::{Command, Ticket};
use crate::mailbox::{Limits, Mailbox};
use crate::settings::HandleSettings;
use crate::socket::Socket;
use crate::status::Status;

/// One connection to a server, shared by the namespaces it carries. Cloning it gives another handle to the same.
///
/// The connection ends when it is closed, when its last namespace is disconnected, or when the last handle to it or to
/// one of its namespaces is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) commands: Arc<Mailbox<Command>>,
    status: Arc<Status>,
    pub(crate) settings: HandleSettings,
    /// Where dispatchers run, wherever a handler is registered from.
    pub(crate) runtime: Handle,
    channels: Mutex<Vec<Arc<Channel>>>,
    tickets: AtomicU64,
    /// The namespace of the address the client was built with.
    first: String,
}

impl Client {
    /// Starts to describe a connection to `url`: `http://host:port/namespace`, or `https`, `ws`, `wss`.
    ///
    /// The path is the namespace (`/` if there is none); a query goes with every request.
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(url.into())
    }

    pub(crate) fn new(
        commands: Arc<Mailbox<Command>>,
        status: Arc<Status>,
        settings: HandleSettings,
        runtime: Handle,
        first: &Arc<Channel>,
    ) -> Client {
        let inner = Inner {
            commands,
            status,
            settings,
            runtime,
            first: first.name.clone(),
            channels: Mutex::new(Vec::new()),
            tickets: AtomicU64::new(0),
        };
        let has_handlers = !first.handlers.is_empty();
        inner.add(first.clone());
        let client = Client {
            inner: Arc::new(inner),
        };
        if has_handlers {
            crate::dispatcher::ensure(&client, first);
        }
        client
    }

    /// The namespace that the address names.
    pub fn socket(&self) -> Socket {
        self.namespace(&self.inner.first)
    }

    /// A namespace on this connection, by name: `/chat` (`chat` will do). The same name gives the same namespace.
    ///
    /// It is not connected yet: set `auth` and handlers, then [`connect`](Socket::connect).
    /// A query (`/ptop?room=demo`) is what a socket.io 2.x server reads of this namespace; it is the first call's.
    pub fn namespace(&self, name: &str) -> Socket {
        let (name, query) = match name.split_once('?') {
            Some((name, query)) => (name, Some(query.to_owned())),
            None => (name, None),
        };
        let channel = self.inner.channel(&normalized_namespace(name), query);
        Socket::new(self.clone(), channel)
    }

    /// Tells the client what no packet can: that the network is back, that the application was put to sleep, ... See [`Hint`].
    pub fn hint(&self, hint: Hint) {
        self.inner.commands.force(vec![Command::Hint(hint)]);
    }

    /// What carries the connection now; `None` when there is none.
    pub fn transport(&self) -> Option<Transport> {
        self.inner.status.transport()
    }

    /// Disconnects every namespace and closes the connection, for good: only `connect` brings it back.
    ///
    /// What was emitted before is sent, then the connection is closed; that is when this is ready. (A socket.io server
    /// ignores events that arrive together with the disconnection: await an ack of what must not be lost.)
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        self.inner.commands.force(vec![Command::Close { done }]);
        // An error means that the driver has ended, and the connection with it.
        let _ = closed.await;
    }
}

impl Inner {
    pub(crate) fn ticket(&self) -> Ticket {
        self.tickets.fetch_add(1, Ordering::Relaxed)
    }

    fn channel(&self, name: &str, query: Option<String>) -> Arc<Channel> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = channels.iter().find(|channel| channel.name == name) {
            return known.clone();
        }
        let channel = Arc::new(Channel::new(
            channels.len(),
            name.to_owned(),
            query,
            self.settings.inbox,
        ));
        self.commands
            .force(vec![Command::Register(channel.clone())]);
        channels.push(channel.clone());
        channel
    }

    fn add(&self, first: Arc<Channel>) {
        self.commands.force(vec![Command::Register(first.clone())]);
        self.channels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(first);
    }
}

impl Drop for Inner {
    /// The last handle is gone: the driver sends what is left, closes the connection and ends.
    fn drop(&mut self) {
        self.commands.close();
    }
}

/// The queue of commands: what emits may pile up before `emit` waits.
pub(crate) const COMMAND_LIMITS: Limits = Limits {
    items: 16_384,
    bytes: 16 << 20,
};
