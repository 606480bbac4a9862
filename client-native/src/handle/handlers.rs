//! The handlers of one namespace, by event name.
//!
//! The list of handlers is copied when it is changed while a dispatcher uses it: a dispatcher finds the handlers of most events
//! without a lock, in its [`Snapshot`].

mod list;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) use list::Entry;
pub use list::HandlerId;
use list::List;

use super::handler::Handler;
use crate::error::{SocketError, error_text};
use crate::guard::{catch, drop_guarded};
use crate::maybe_send::{MaybeSend, MaybeSync, dyn_fn};

type ErrorHandler = Arc<dyn_fn!((SocketError))>;

struct Table<C> {
    list: Arc<List<C>>,
    error: Option<ErrorHandler>,
}

/// Handlers by event name, in the order of registration.
pub(crate) struct Handlers<C> {
    table: Mutex<Table<C>>,
    /// Counts the changes of the list. It changes under the lock.
    version: AtomicU64,
    next_id: AtomicU64,
}

/// The handlers as they were at one time.
pub(super) struct Snapshot<C> {
    list: Arc<List<C>>,
    version: u64,
}

impl<C> Default for Handlers<C> {
    fn default() -> Self {
        Handlers {
            table: Mutex::new(Table {
                list: Arc::default(),
                error: None,
            }),
            version: AtomicU64::new(0),
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
    // ---- for handles ----

    /// Adds a handler of the event called `name`. With `once`, it is removed when it is taken.
    pub(crate) fn add(&self, name: &str, once: bool, handler: Handler<C>) -> HandlerId {
        let id = self.next_id();
        self.change(|list| list.add(name, Entry { id, once, handler }));
        id
    }

    /// Adds a handler of every event.
    pub(crate) fn add_any(&self, handler: Handler<C>) -> HandlerId {
        let id = self.next_id();
        let once = false;
        self.change(|list| list.add_any(Entry { id, once, handler }));
        id
    }

    pub(crate) fn set_error_handler(
        &self,
        handler: impl Fn(SocketError) + MaybeSend + MaybeSync + 'static,
    ) {
        let replaced = self.lock().error.replace(Arc::new(handler));
        // Here and below: user code runs when a handler is dropped, so the lock must be free.
        drop(replaced);
    }

    /// Removes a handler. Returns whether it was there.
    pub(crate) fn remove(&self, id: HandlerId) -> bool {
        let removed = self.change(|list| list.remove(id));
        removed.is_some()
    }

    pub(crate) fn remove_all(&self, name: &str) {
        let removed = self.change(|list| list.remove_all(name));
        drop(removed);
    }

    pub(crate) fn is_empty(&self) -> bool {
        let table = self.lock();
        table.list.is_empty() && table.error.is_none()
    }

    // ---- for the dispatcher ----

    /// The handlers as they are now. Takes the lock only if they have changed since the snapshot.
    #[inline]
    pub(super) fn refresh<'s>(&self, snapshot: &'s mut Option<Snapshot<C>>) -> &'s Snapshot<C> {
        let version = self.version.load(Ordering::Acquire);
        let old = snapshot.take_if(|known| known.version != version);
        if old.is_some() {
            // User code runs when a handler that was removed is dropped.
            drop_guarded(old);
        }
        snapshot.get_or_insert_with(|| self.snapshot())
    }

    /// Appends the handlers of an event called `name` to `into`, those of every event first, and removes `once` handlers.
    /// Handlers of every event do not get `local` events, which are those of the namespace itself.
    pub(super) fn take(&self, name: &str, local: bool, into: &mut Vec<Handler<C>>) {
        let mut table = self.lock();
        if !local {
            into.extend(table.list.any().iter().map(|entry| entry.handler.clone()));
        }
        let entries = table.list.named(name);
        into.extend(entries.iter().map(|entry| entry.handler.clone()));
        if entries.iter().any(|entry| entry.once) {
            self.change_locked(&mut table, |list| list.remove_once(name));
        }
    }

    /// Gives an error to the error handler, or logs it if there is none.
    pub(crate) fn report(&self, error: SocketError) {
        let handler = self.lock().error.clone();
        match handler {
            // A panic of the error handler must not end the dispatcher.
            Some(handler) => {
                if catch(|| handler(error)).map_err(drop_guarded).is_err() {
                    tracing::warn!(target: "tidewire", "the error handler panicked");
                }
            }
            None => tracing::warn!(target: "tidewire", "{}", error_text(&error)),
        }
    }

    fn snapshot(&self) -> Snapshot<C> {
        let table = self.lock();
        Snapshot {
            list: table.list.clone(),
            version: self.version.load(Ordering::Relaxed),
        }
    }

    fn change<R>(&self, change: impl FnOnce(&mut List<C>) -> R) -> R {
        self.change_locked(&mut self.lock(), change)
    }

    fn change_locked<R>(&self, table: &mut Table<C>, change: impl FnOnce(&mut List<C>) -> R) -> R {
        self.version.fetch_add(1, Ordering::Release);
        change(Arc::make_mut(&mut table.list))
    }

    fn next_id(&self) -> HandlerId {
        HandlerId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Ignores poisoning: no handler runs under the lock, so a panic cannot have left the table half changed.
    fn lock(&self) -> MutexGuard<'_, Table<C>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Snapshot<C> {
    /// The handlers of an event, by its payload. `None` if it needs [`Handlers::take`].
    pub(super) fn find(&self, payload: &str) -> Option<&[Entry<C>]> {
        self.list.find(payload)
    }
}
