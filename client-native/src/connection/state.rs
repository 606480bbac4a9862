//! The state of a namespace, which the driver and the handles share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tidewire_core::EngineVersion;
use tidewire_core::wire::head::event_header;

#[cfg(not(target_family = "wasm"))]
use super::observer::Observer;
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
    /// The bytes of a plain event before its JSON.
    pub(crate) event_header: Box<[u8]>,
    inbox_limits: Limits,
    /// Equals `shared.id.is_some()`: every emit reads it, without the lock.
    connected: AtomicBool,
    /// Whether the client was closed since the last call to connect: emits fail then, and are not buffered.
    closed: AtomicBool,
    /// Whether the namespace has ended for good since then.
    ended: AtomicBool,
    #[cfg(not(target_family = "wasm"))]
    pub(crate) observer: Observer,
    shared: Mutex<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Present while the namespace is connected.
    id: Option<Arc<str>>,
    /// Whether the server restored the session at the last connect.
    recovered: bool,
    /// The Engine.IO version of the last server.
    engine_version: Option<EngineVersion>,
    auth: AuthSource,
    on_refused: Option<Arc<OnRefused>>,
    listeners: Vec<Arc<Inbox>>,
    has_dispatcher: bool,
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
            event_header: event_header(&name).into(),
            name,
            query,
            inbox_limits,
            connected: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            #[cfg(not(target_family = "wasm"))]
            observer: Observer::default(),
            shared: Mutex::default(),
        }
    }

    // ---- for handles ----

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn set_closed(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Notes that the namespace is to be connected. The driver does so again, because its order of commands counts.
    pub(crate) fn set_wanted(&self) {
        self.closed.store(false, Ordering::Release);
        self.ended.store(false, Ordering::Release);
    }

    pub(crate) fn is_recovered(&self) -> bool {
        self.lock().recovered
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

    pub(crate) fn set_connected(
        &self,
        id: Arc<str>,
        recovered: bool,
        engine_version: Option<EngineVersion>,
    ) {
        let mut shared = self.lock();
        shared.id = Some(id);
        shared.recovered = recovered;
        shared.engine_version = engine_version;
        self.connected.store(true, Ordering::Release);
    }

    pub(crate) fn set_ended(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(crate) fn set_disconnected(&self) {
        let mut shared = self.lock();
        shared.id = None;
        self.connected.store(false, Ordering::Release);
    }

    /// Gives a batch of events to every listener. The connection has read `read` bytes since the last one.
    pub(crate) fn deliver(&self, batch: Vec<Event>, read: usize) {
        let mut shared = self.lock();
        match &mut shared.listeners[..] {
            [] => {}
            [only] => {
                if !only.force_shared(batch, read) {
                    shared.listeners.clear();
                }
            }
            _ => shared
                .listeners
                .retain(|inbox| inbox.force_shared(batch.clone(), read)),
        }
    }

    /// Ready if every listener has room within `times` the limit of its inbox.
    pub(crate) fn poll_room(&self, times: usize, cx: &mut Context<'_>) -> Poll<()> {
        let shared = self.lock();
        let full = shared
            .listeners
            .iter()
            .any(|inbox| inbox.poll_room(times, cx).is_pending());
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::event::Message;

    #[test]
    fn recovery_is_that_of_the_last_connect_until_the_next() {
        let limits = Limits { items: 1, bytes: 1 };
        let state = NamespaceState::new(0, "/".into(), None, limits);
        state.set_connected("a".into(), true, None);
        state.set_disconnected();
        assert_eq!((state.is_connected(), state.id()), (false, None));
        assert!(state.is_recovered());
        state.set_connected("b".into(), false, None);
        assert!(!state.is_recovered());
    }

    /// A message with an attachment, both of them parts of what was read.
    fn part_of(read: &Bytes) -> Event {
        Event::Message(Message {
            json: read.slice(..100).into(),
            attachments: vec![read.slice(100..200)],
            reply: None,
            is_to_me: false,
        })
    }

    /// Delivers a message of 200 bytes from each of 1,000 reads of this size. Returns how many of them are kept alive.
    fn kept(size: usize) -> usize {
        let limits = Limits {
            items: usize::MAX,
            bytes: 1 << 20,
        };
        let state = NamespaceState::new(0, "/".into(), None, limits);
        let inboxes = [state.listen(), state.listen()];
        let reads: Vec<Bytes> = (0..1_000).map(|_| vec![b'x'; size].into()).collect();
        for read in &reads {
            state.deliver(vec![part_of(read)], size);
        }
        let kept = reads.iter().filter(|read| !read.is_unique()).count();
        for inbox in inboxes {
            let mut taken = std::collections::VecDeque::new();
            let mut cx = Context::from_waker(std::task::Waker::noop());
            assert!(inbox.poll_take(0, &mut taken, &mut cx).is_ready());
            assert_eq!(taken.len(), reads.len());
            for event in taken {
                let Event::Message(message) = event else {
                    panic!("{event:?}")
                };
                assert_eq!(message.json(), &reads[0][..100]);
                assert_eq!(message.attachments(), [&reads[0][100..200]]);
            }
        }
        kept
    }

    #[test]
    fn small_parts_of_large_reads_keep_their_own_bytes_alive_and_no_more() {
        assert_eq!(kept(400), 1_000, "half of what was read is not copied");
        assert!((1..10).contains(&kept(16 << 10)));
    }
}
