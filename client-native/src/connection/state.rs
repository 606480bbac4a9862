//! State that the driver and the handles share.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tidewire_core::{EngineVersion, Transport};

use crate::auth::AuthSource;
use crate::event::Event;
use crate::mailbox::{Limits, Mailbox};
use crate::refusal::OnRefused;

/// Events that one listener has not taken yet.
pub(crate) type Inbox = Mailbox<Event>;

/// One namespace.
#[derive(Debug)]
pub(crate) struct NamespaceState {
    /// The number of this namespace in its client.
    pub(crate) index: usize,
    /// The name, with a leading `/`.
    pub(crate) name: String,
    pub(crate) query: Option<String>,
    inbox_limits: Limits,
    /// Equals `shared.session.is_some()`: every emit reads it, without the lock.
    connected: AtomicBool,
    shared: Mutex<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Present while the namespace is connected.
    session: Option<Session>,
    /// The Engine.IO version of the last server.
    engine_version: Option<EngineVersion>,
    auth: AuthSource,
    on_refused: Option<Arc<OnRefused>>,
    listeners: Vec<Arc<Inbox>>,
    has_dispatcher: bool,
}

/// The server's answer to CONNECT.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) recovered: bool,
}

impl NamespaceState {
    pub(crate) fn new(
        index: usize,
        name: String,
        query: Option<String>,
        inbox_limits: Limits,
    ) -> Self {
        NamespaceState {
            index,
            name,
            query,
            inbox_limits,
            connected: AtomicBool::new(false),
            shared: Mutex::default(),
        }
    }

    // ---- for handles ----

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub(crate) fn is_recovered(&self) -> bool {
        let shared = self.lock();
        shared
            .session
            .as_ref()
            .is_some_and(|session| session.recovered)
    }

    pub(crate) fn id(&self) -> Option<Arc<str>> {
        Some(self.lock().session.as_ref()?.id.clone())
    }

    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        self.lock().engine_version
    }

    pub(crate) fn set_auth(&self, auth: AuthSource) {
        self.lock().auth = auth;
    }

    pub(crate) fn set_on_refused(&self, on_refused: OnRefused) {
        self.lock().on_refused = Some(Arc::new(on_refused));
    }

    /// Adds a listener. It gets every event from now on, until it closes its inbox.
    pub(crate) fn listen(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::new(self.inbox_limits));
        let mut shared = self.lock();
        // Removes the listeners that were dropped, before the list grows.
        if shared.listeners.len() == shared.listeners.capacity() {
            shared.listeners.retain(|inbox| !inbox.is_closed());
        }
        shared.listeners.push(inbox.clone());
        drop(shared);
        inbox
    }

    /// Adds the dispatcher's listener; `None` if there is a dispatcher already.
    pub(crate) fn listen_as_dispatcher(&self) -> Option<Arc<Inbox>> {
        let mut shared = self.lock();
        if std::mem::replace(&mut shared.has_dispatcher, true) {
            return None;
        }
        drop(shared);
        Some(self.listen())
    }

    // ---- for the driver ----

    pub(crate) fn auth(&self) -> AuthSource {
        self.lock().auth.clone()
    }

    pub(crate) fn on_refused(&self) -> Option<Arc<OnRefused>> {
        self.lock().on_refused.clone()
    }

    pub(crate) fn set_connected(&self, session: Session, engine_version: Option<EngineVersion>) {
        let mut shared = self.lock();
        shared.session = Some(session);
        shared.engine_version = engine_version;
        self.connected.store(true, Ordering::Release);
    }

    pub(crate) fn set_disconnected(&self) {
        let mut shared = self.lock();
        shared.session = None;
        self.connected.store(false, Ordering::Release);
    }

    /// Gives a batch of events to every listener.
    pub(crate) fn deliver(&self, batch: Vec<Event>) {
        let mut shared = self.lock();
        match &mut shared.listeners[..] {
            [] => {}
            [only] => {
                if !only.force(batch) {
                    shared.listeners.clear();
                }
            }
            _ => shared.listeners.retain(|inbox| inbox.force(batch.clone())),
        }
    }

    /// Ready if every listener has room.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let shared = self.lock();
        let full = shared
            .listeners
            .iter()
            .any(|inbox| inbox.poll_room(cx).is_pending());
        if full { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Ends every listener: the driver is gone.
    pub(crate) fn close(&self) {
        self.set_disconnected();
        self.lock()
            .listeners
            .drain(..)
            .for_each(|inbox| inbox.close());
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    transport: AtomicU8,
}

const NO_TRANSPORT: u8 = 0;
const POLLING: u8 = 1;
const WEBSOCKET: u8 = 2;

impl ConnectionState {
    pub(crate) fn set_transport(&self, transport: Option<Transport>) {
        let code = match transport {
            None => NO_TRANSPORT,
            Some(Transport::Polling) => POLLING,
            Some(Transport::WebSocket) => WEBSOCKET,
        };
        self.transport.store(code, Ordering::Relaxed);
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        match self.transport.load(Ordering::Relaxed) {
            POLLING => Some(Transport::Polling),
            WEBSOCKET => Some(Transport::WebSocket),
            _ => None,
        }
    }
}
