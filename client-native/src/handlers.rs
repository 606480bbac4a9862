//! The handlers of one namespace: who is called for which event.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::error::SocketError;
use crate::event::Message;

pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
pub(crate) type Handler =
    Arc<dyn Fn(&Message, Context) -> Result<HandlerFuture, SocketError> + Send + Sync>;
type ErrorHandler = Arc<dyn Fn(SocketError) + Send + Sync>;

/// Names a registered handler, to take it back with [`Socket::off`](crate::Socket::off).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(u64);

#[derive(Clone)]
struct Entry {
    id: HandlerId,
    once: bool,
    handler: Handler,
}

#[derive(Default)]
struct Table {
    /// Few as a rule, and then compared sooner than hashed.
    named: BTreeMap<String, Vec<Entry>>,
    any: Vec<Entry>,
    error: Option<ErrorHandler>,
}

/// Handlers by name, in the order of registration.
#[derive(Default)]
pub(crate) struct Handlers {
    table: Mutex<Table>,
    last: AtomicU64,
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl Handlers {
    pub(crate) fn on<T, F, Fut>(&self, name: &str, once: bool, handler: F) -> HandlerId
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let typed = move |message: &Message, context: Context| match message.args::<T>() {
            Ok(args) => Ok(Box::pin(handler(args, context)) as HandlerFuture),
            Err(error) => Err(SocketError::Decode {
                event: message.name().into_owned(),
                error,
            }),
        };
        let entry = self.entry(once, typed);
        let id = entry.id;
        self.lock()
            .named
            .entry(name.to_owned())
            .or_default()
            .push(entry);
        id
    }

    pub(crate) fn on_any<F, Fut>(&self, handler: F) -> HandlerId
    where
        F: Fn(Message, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let entry = self.entry(false, move |message: &Message, context: Context| {
            Ok(Box::pin(handler(message.clone(), context)) as HandlerFuture)
        });
        let id = entry.id;
        self.lock().any.push(entry);
        id
    }

    pub(crate) fn on_error(&self, handler: impl Fn(SocketError) + Send + Sync + 'static) {
        self.lock().error = Some(Arc::new(handler));
    }

    pub(crate) fn off(&self, id: HandlerId) -> bool {
        let mut table = self.lock();
        let before = table.count();
        table.any.retain(|entry| entry.id != id);
        table.named.retain(|_, entries| {
            entries.retain(|entry| entry.id != id);
            !entries.is_empty()
        });
        table.count() < before
    }

    pub(crate) fn off_all(&self, name: &str) {
        self.lock().named.remove(name);
    }

    pub(crate) fn is_empty(&self) -> bool {
        let table = self.lock();
        table.named.is_empty() && table.any.is_empty() && table.error.is_none()
    }

    /// The handlers to call for an event called `name`, those for any event first; `once` handlers are taken out.
    /// `local` events are the namespace's own, which the handlers for any event do not hear.
    pub(crate) fn take(&self, name: &str, local: bool, into: &mut Vec<Handler>) {
        let mut table = self.lock();
        if !local {
            into.extend(table.any.iter().map(|entry| entry.handler.clone()));
        }
        let Some(entries) = table.named.get_mut(name) else {
            return;
        };
        into.extend(entries.iter().map(|entry| entry.handler.clone()));
        if entries.iter().any(|entry| entry.once) {
            entries.retain(|entry| !entry.once);
            if entries.is_empty() {
                table.named.remove(name);
            }
        }
    }

    /// Tells the error handler, or the log if there is none.
    pub(crate) fn report(&self, error: SocketError) {
        let handler = self.lock().error.clone();
        match handler {
            // Its panic must not end the task that calls all handlers.
            Some(handler) => {
                if catch_unwind(AssertUnwindSafe(|| handler(error))).is_err() {
                    tracing::warn!(target: "tidewire", "the error handler panicked");
                }
            }
            None => tracing::warn!(target: "tidewire", "{error}"),
        }
    }

    fn entry<F>(&self, once: bool, handler: F) -> Entry
    where
        F: Fn(&Message, Context) -> Result<HandlerFuture, SocketError> + Send + Sync + 'static,
    {
        let id = HandlerId(self.last.fetch_add(1, Ordering::Relaxed));
        Entry {
            id,
            once,
            handler: Arc::new(handler),
        }
    }

    /// No handler runs while the lock is held, so a panic cannot have left the table half changed.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn count(&self) -> usize {
        self.any.len() + self.named.values().map(Vec::len).sum::<usize>()
    }
}
