//! The handlers of one namespace, by event name.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{SocketError, error_text};
use crate::event::Message;

pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A handler with a context of type `C`. Fails if the arguments are not of its type.
pub(crate) type Handler<C> =
    Arc<dyn Fn(&Message, C) -> Result<HandlerFuture, SocketError> + Send + Sync>;
type ErrorHandler = Arc<dyn Fn(SocketError) + Send + Sync>;

/// Identifies a registered handler, to remove it with [`Socket::off`](crate::Socket::off).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(u64);

struct Entry<C> {
    id: HandlerId,
    once: bool,
    handler: Handler<C>,
}

struct Table<C> {
    /// A tree, because the names are few: comparing is faster than hashing.
    named: BTreeMap<String, Vec<Entry<C>>>,
    any: Vec<Entry<C>>,
    error: Option<ErrorHandler>,
}

/// Handlers by event name, in the order of registration.
pub(crate) struct Handlers<C> {
    table: Mutex<Table<C>>,
    next_id: AtomicU64,
}

impl<C> Default for Handlers<C> {
    fn default() -> Self {
        Handlers {
            table: Mutex::new(Table {
                named: BTreeMap::new(),
                any: Vec::new(),
                error: None,
            }),
            next_id: AtomicU64::new(0),
        }
    }
}

impl<C> std::fmt::Debug for Handlers<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl<C> Handlers<C> {
    /// Adds a handler of the event called `name`. With `once`, it is removed when it is taken.
    pub(crate) fn add(&self, name: &str, once: bool, handler: Handler<C>) -> HandlerId {
        let id = self.next_id();
        let entry = Entry { id, once, handler };
        let mut table = self.lock();
        match table.named.get_mut(name) {
            Some(entries) => entries.push(entry),
            None => {
                table.named.insert(name.to_owned(), vec![entry]);
            }
        }
        id
    }

    /// Adds a handler of every event.
    pub(crate) fn add_any(&self, handler: Handler<C>) -> HandlerId {
        let id = self.next_id();
        let once = false;
        self.lock().any.push(Entry { id, once, handler });
        id
    }

    pub(crate) fn set_error_handler(&self, handler: impl Fn(SocketError) + Send + Sync + 'static) {
        let replaced = self.lock().error.replace(Arc::new(handler));
        // Here and below: user code runs when a handler is dropped, so the lock must be free.
        drop(replaced);
    }

    /// Removes a handler. Returns whether it was there.
    pub(crate) fn remove(&self, id: HandlerId) -> bool {
        let removed: Vec<Entry<C>> = {
            let mut table = self.lock();
            let Table { any, named, .. } = &mut *table;
            let lists = named.values_mut().chain([any]);
            let removed = lists
                .flat_map(|entries| entries.extract_if(.., |entry| entry.id == id))
                .collect();
            named.retain(|_, entries| !entries.is_empty());
            removed
        };
        !removed.is_empty()
    }

    pub(crate) fn remove_all(&self, name: &str) {
        let removed = self.lock().named.remove(name);
        drop(removed);
    }

    pub(crate) fn is_empty(&self) -> bool {
        let table = self.lock();
        table.named.is_empty() && table.any.is_empty() && table.error.is_none()
    }

    /// Appends the handlers of an event called `name` to `into`, those of every event first, and removes `once` handlers.
    /// Handlers of every event do not get `local` events, which are those of the namespace itself.
    pub(crate) fn take(&self, name: &str, local: bool, into: &mut Vec<Handler<C>>) {
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

    /// Gives an error to the error handler, or logs it if there is none.
    pub(crate) fn report(&self, error: SocketError) {
        let handler = self.lock().error.clone();
        match handler {
            // A panic of the error handler must not end the dispatcher.
            Some(handler) => {
                if catch_unwind(AssertUnwindSafe(|| handler(error))).is_err() {
                    tracing::warn!(target: "tidewire", "the error handler panicked");
                }
            }
            None => tracing::warn!(target: "tidewire", "{}", error_text(&error)),
        }
    }

    fn next_id(&self) -> HandlerId {
        HandlerId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Ignores poisoning: no handler runs under the lock, so a panic cannot have left the table half changed.
    fn lock(&self) -> MutexGuard<'_, Table<C>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
