//! The list of handlers, and how an event finds its own.

use super::super::handler::Handler;
use crate::args;

/// Identifies a registered handler, to remove it with [`Socket::off`](crate::Socket::off).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(pub(super) u64);

pub(in crate::handle) struct Entry<C> {
    pub(super) id: HandlerId,
    pub(super) once: bool,
    pub(in crate::handle) handler: Handler<C>,
}

/// The handlers of one name, in the order of registration.
struct Named<C> {
    name: Box<str>,
    entries: Vec<Entry<C>>,
}

pub(super) struct List<C> {
    /// The handlers of every event.
    any: Vec<Entry<C>>,
    /// Sorted by name. A list, because most names are few.
    named: Vec<Named<C>>,
}

impl<C> List<C> {
    pub(super) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.named.is_empty()
    }

    pub(super) fn add(&mut self, name: &str, entry: Entry<C>) {
        match self.search(name) {
            Ok(at) => push(&mut self.named[at].entries, entry),
            Err(at) => {
                let (name, entries) = (name.into(), vec![entry]);
                self.named.reserve_exact(1);
                self.named.insert(at, Named { name, entries });
            }
        }
    }

    fn search(&self, name: &str) -> Result<usize, usize> {
        self.named.binary_search_by(|named| (*named.name).cmp(name))
    }

    pub(super) fn add_any(&mut self, entry: Entry<C>) {
        push(&mut self.any, entry);
    }

    pub(super) fn remove(&mut self, id: HandlerId) -> Option<Entry<C>> {
        let named = self.named.iter_mut().map(|named| &mut named.entries);
        let removed = named.chain([&mut self.any]).find_map(|entries| {
            let at = entries.iter().position(|entry| entry.id == id)?;
            Some(entries.remove(at))
        });
        self.named.retain(|named| !named.entries.is_empty());
        removed
    }

    pub(super) fn remove_all(&mut self, name: &str) -> Vec<Entry<C>> {
        let at = self.search(name);
        at.map_or_else(|_| Vec::new(), |at| self.named.remove(at).entries)
    }

    pub(super) fn remove_once(&mut self, name: &str) {
        if let Ok(at) = self.search(name) {
            self.named[at].entries.retain(|entry| !entry.once);
        }
        self.named.retain(|named| !named.entries.is_empty());
    }

    /// The handlers of every event.
    pub(super) fn any(&self) -> &[Entry<C>] {
        &self.any
    }

    /// The handlers of a name, those of every event apart.
    pub(super) fn named(&self, name: &str) -> &[Entry<C>] {
        self.search(name).map_or(&[], |at| &self.named[at].entries)
    }

    /// The handlers of an event, by its payload. `None` if more has to be known or done: there are handlers of every event, or one
    /// that is called once, or the name has escapes.
    pub(super) fn find(&self, payload: &str) -> Option<&[Entry<C>]> {
        let name = args::plain_name(payload)?;
        let entries = self.named(name);
        let is_simple = self.any.is_empty() && !entries.iter().any(|entry| entry.once);
        is_simple.then_some(entries)
    }
}

/// Grows the list by one, because most lists of handlers have one element for ever.
fn push<T>(list: &mut Vec<T>, element: T) {
    list.reserve_exact(1);
    list.push(element);
}

impl<C> Default for List<C> {
    fn default() -> Self {
        List {
            any: Vec::new(),
            named: Vec::new(),
        }
    }
}

impl<C> Clone for List<C> {
    fn clone(&self) -> Self {
        List {
            any: self.any.clone(),
            named: self.named.clone(),
        }
    }
}

impl<C> Clone for Named<C> {
    fn clone(&self) -> Self {
        Named {
            name: self.name.clone(),
            entries: self.entries.clone(),
        }
    }
}

impl<C> Clone for Entry<C> {
    fn clone(&self) -> Self {
        Entry {
            handler: self.handler.clone(),
            ..*self
        }
    }
}
