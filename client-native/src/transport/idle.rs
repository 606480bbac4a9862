//! HTTP connections between two requests.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::unconstrained;
use tokio::time::Instant;

use super::stream::Stream;

/// The connections of one client that wait for their next request.
#[derive(Debug, Default)]
pub(crate) struct IdleConnections(Mutex<Vec<Idle>>);

#[derive(Debug)]
struct Idle {
    stream: Stream,
    until: Instant,
}

/// How long a connection may wait: less than the 5 s after which Node, Apache and uvicorn close it, perhaps while a POST is on its
/// way. Between two polls there is no pause, so a connection that waits is that of a POST.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

impl IdleConnections {
    /// Takes the connection that was used last. Those that the server has closed are dropped.
    pub(super) async fn take(&self) -> Option<Stream> {
        loop {
            let Idle { mut stream, until } = self.pop()?;
            if Instant::now() < until && is_quiet(&mut stream).await {
                return Some(stream);
            }
        }
    }

    fn pop(&self) -> Option<Idle> {
        self.list().pop()
    }

    pub(super) fn add(&self, stream: Stream) {
        let until = Instant::now() + IDLE_LIMIT;
        self.list().push(Idle { stream, until });
    }

    /// Closes the connections that have waited too long. Returns when the next one will have.
    pub(crate) fn expire(&self) -> Option<Instant> {
        let mut list = self.list();
        let now = Instant::now();
        list.retain(|idle| now < idle.until);
        // The first was used least recently.
        list.first().map(|idle| idle.until)
    }

    /// Closes all of them.
    pub(crate) fn close(&self) {
        *self.list() = Vec::new();
    }

    fn list(&self) -> MutexGuard<'_, Vec<Idle>> {
        // A panic leaves the list as it was.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a connection is open and has nothing to read: between requests there is only the end, or a response to none.
async fn is_quiet(stream: &mut Stream) -> bool {
    let mut byte = [0];
    let read = poll_fn(|cx| {
        let read = Pin::new(&mut *stream).poll_read(cx, &mut ReadBuf::new(&mut byte));
        Poll::Ready(read.is_pending())
    });
    // A task that has used up its share of tokio would find any connection quiet.
    unconstrained(read).await
}
