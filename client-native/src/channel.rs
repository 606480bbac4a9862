//! One namespace as driver and handles share it: its state, its handlers, and who listens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tidewire_core::EngineVersion;

use crate::auth::AuthSource;
use crate::event::Event;
use crate::handlers::Handlers;
use crate::mailbox::{Limits, Mailbox};
use crate::refusal::OnRefused;

/// Where events go that one listener has not taken yet.
pub(crate) type Inbox = Mailbox<Event>;

#[derive(Debug)]
pub(crate) struct Channel {
    /// The number of this namespace in its client.
    pub(crate) index: usize,
    /// The name, with a leading `/`.
    pub(crate) name: String,
    pub(crate) query: Option<String>,
    pub(crate) handlers: Handlers,
    limits: Limits,
    connected: AtomicBool,
    recovered: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    id: Option<Arc<str>>,
    engine_version: Option<EngineVersion>,
    auth: AuthSource,
    on_refused: Option<Arc<OnRefused>>,
    listeners: Vec<Arc<Inbox>>,
    has_dispatcher: bool,
}

impl Channel {
    pub(crate) fn new(index: usize, name: String, query: Option<String>, limits: Limits) -> Self {
        Channel {
            index,
            name,
            query,
            handlers: Handlers::default(),
            limits,
            connected: AtomicBool::new(false),
            recovered: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// The same with what the builder has collected.
    pub(crate) fn with(
        mut self,
        handlers: Handlers,
        auth: AuthSource,
        on_refused: Option<OnRefused>,
    ) -> Self {
        self.handlers = handlers;
        self.set_auth(auth);
        if let Some(on_refused) = on_refused {
            self.set_on_refused(on_refused);
        }
        self
    }

    // ---- for handles ----

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub(crate) fn is_recovered(&self) -> bool {
        self.recovered.load(Ordering::Acquire)
    }

    pub(crate) fn set_recovered(&self, recovered: bool) {
        self.recovered.store(recovered, Ordering::Release);
    }

    pub(crate) fn id(&self) -> Option<Arc<str>> {
        self.lock().id.clone()
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

    /// A new listener, which hears every event from now on until it closes its inbox.
    pub(crate) fn listen(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::new(self.limits));
        self.lock().listeners.push(inbox.clone());
        inbox
    }

    /// A listener for the dispatcher, unless there is one.
    pub(crate) fn listen_once(&self) -> Option<Arc<Inbox>> {
        let mut state = self.lock();
        if std::mem::replace(&mut state.has_dispatcher, true) {
            return None;
        }
        drop(state);
        Some(self.listen())
    }

    // ---- for the driver ----

    pub(crate) fn auth(&self) -> AuthSource {
        self.lock().auth.clone()
    }

    pub(crate) fn on_refused(&self) -> Option<Arc<OnRefused>> {
        self.lock().on_refused.clone()
    }

    pub(crate) fn set_connected(
        &self,
        id: Option<Arc<str>>,
        engine_version: Option<EngineVersion>,
    ) {
        self.connected.store(id.is_some(), Ordering::Release);
        let mut state = self.lock();
        state.id = id;
        state.engine_version = engine_version.or(state.engine_version);
    }

    /// Gives a batch of events to every listener.
    pub(crate) fn deliver(&self, batch: Vec<Event>) {
        let mut state = self.lock();
        match &mut state.listeners[..] {
            [] => {}
            [only] => {
                if !only.force(batch) {
                    state.listeners.clear();
                }
            }
            _ => state.listeners.retain(|inbox| inbox.force(batch.clone())),
        }
    }

    /// Ready when every listener has room.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let state = self.lock();
        let full = state
            .listeners
            .iter()
            .any(|inbox| inbox.poll_room(cx).is_pending());
        if full { Poll::Pending } else { Poll::Ready(()) }
    }

    /// No more events will come.
    pub(crate) fn close(&self) {
        self.set_connected(None, None);
        self.lock()
            .listeners
            .drain(..)
            .for_each(|inbox| inbox.close());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
