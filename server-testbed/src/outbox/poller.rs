//! Fetches the packets of a client that polls while the client does not ask: the engine bounds their number, not their bytes.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock};

use axum::body::{self, Body};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode, Uri};
use axum::middleware::Next;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::fetched::{Answer, Fetched};
use super::limit::Limit;
use crate::lock::lock;

/// A session over polling as the engine serves it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) engine: Next,
    /// Path and query of its polls.
    pub(super) uri: Uri,
    pub(super) is_eio3: bool,
}

impl Session {
    /// Polls. Returns `None` if the session has ended. Can be cancelled: then the packets stay in the engine.
    async fn poll(&self) -> Option<Answer> {
        let response = self.send(Request::get(&self.uri), "").await?;
        let (mut parts, body) = response.into_parts();
        let body = body::to_bytes(body, usize::MAX).await.ok()?;
        let has_packets = parts.status == StatusCode::OK && !body.is_empty();
        let content_type = parts.headers.remove(CONTENT_TYPE);
        has_packets.then_some(Answer { content_type, body })
    }

    /// Ends the session with the packet by which a client ends it.
    async fn close(&self) {
        let close = if self.is_eio3 { "1:1" } else { "1" };
        self.send(Request::post(&self.uri), close).await;
    }

    async fn send(
        &self,
        request: axum::http::request::Builder,
        body: &'static str,
    ) -> Option<axum::response::Response> {
        // The URI is that of a request, so that this is one, too.
        let request = request.body(Body::from(body)).ok()?;
        Some(self.engine.clone().run(request).await)
    }
}

/// The packets of one client that polls.
#[derive(Debug)]
pub(super) struct Poller {
    /// None for a client that began with a WebSocket.
    session: OnceLock<Session>,
    state: Mutex<State>,
    /// Held by the task that fetches, which is the only one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    fetched: Fetched,
    /// Requests of the client that may ask the engine: the engine ends a session with two polls at once.
    pauses: usize,
    /// Dropped to stop the task that fetches.
    stop: Option<oneshot::Sender<Infallible>>,
    /// Whether the engine sends the packets over a WebSocket from now on.
    is_upgraded: bool,
}

impl Poller {
    pub(super) fn new(limit: Arc<Limit>) -> Arc<Self> {
        let state = State {
            fetched: Fetched::new(limit),
            pauses: 0,
            stop: None,
            is_upgraded: false,
        };
        Arc::new(Self {
            session: OnceLock::new(),
            state: Mutex::new(state),
            turn: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn is_full(&self) -> bool {
        lock(&self.state).fetched.is_full()
    }

    /// Fetches the packets of a session from now on.
    pub(super) fn begin(self: &Arc<Self>, session: Session) {
        // A session begins once.
        let _ = self.session.set(session);
        self.start();
    }

    fn start(self: &Arc<Self>) {
        let Some(session) = self.session.get() else {
            return;
        };
        let mut state = lock(&self.state);
        if state.pauses > 0 || state.stop.is_some() || state.is_upgraded {
            return;
        }
        // An error means that the server stops.
        if let Ok(runtime) = Handle::try_current() {
            let (stop, stopped) = oneshot::channel();
            state.stop = Some(stop);
            runtime.spawn(fetch(Arc::clone(self), session.clone(), stopped));
        }
    }

    /// Stops fetching, and begins again when the pause is dropped.
    pub(super) async fn pause(self: &Arc<Self>) -> Pause {
        {
            let mut state = lock(&self.state);
            state.pauses += 1;
            state.stop = None;
        }
        let pause = Pause(Arc::clone(self));
        // Waits until the task has ended.
        drop(self.turn.lock().await);
        pause
    }

    /// Takes the answer to a poll, if packets were fetched.
    pub(super) fn take(&self) -> Option<Answer> {
        lock(&self.state).fetched.take()
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.state).fetched.is_empty()
    }

    pub(super) fn note_upgrade(&self) {
        lock(&self.state).is_upgraded = true;
    }
}

/// The time in which nothing is fetched.
#[derive(Debug)]
pub(super) struct Pause(Arc<Poller>);

impl Drop for Pause {
    fn drop(&mut self) {
        lock(&self.0.state).pauses -= 1;
        self.0.start();
    }
}

/// Fetches until it is stopped, or the session ends.
async fn fetch(poller: Arc<Poller>, session: Session, mut stopped: oneshot::Receiver<Infallible>) {
    let _turn = poller.turn.lock().await;
    while stopped.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
        let answer = tokio::select! {
            biased;
            answer = session.poll() => answer,
            _ = &mut stopped => return,
        };
        let Some(answer) = answer else {
            return lock(&poller.state).fetched.clear();
        };
        let kept = lock(&poller.state).fetched.keep(answer, session.is_eio3);
        if kept.is_err() {
            return session.close().await;
        }
    }
}
