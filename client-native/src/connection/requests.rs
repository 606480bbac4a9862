//! HTTP requests in flight.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tidewire_core::{EngineVersion, Link};

use crate::error::TransportError;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::polling_body::Body;

/// A response with status 200.
pub(crate) enum Response {
    /// To a GET: the body, and the Engine.IO version of its format if that is known.
    Packets(Body, Option<EngineVersion>),
    /// To a POST.
    Posted,
}

impl Response {
    /// The bytes received.
    pub(crate) fn size(&self) -> usize {
        match self {
            Response::Packets(body, _) => body.size(),
            Response::Posted => 0,
        }
    }
}

type Outcome = Result<Response, TransportError>;
type Running = BoxFuture<'static, Option<(Link, Outcome)>>;

struct Handle {
    link: Link,
    abort: AbortHandle,
    /// The size of the request's body, in bytes.
    size: usize,
}

#[derive(Default)]
pub(crate) struct Requests {
    running: FuturesUnordered<Running>,
    handles: Vec<Handle>,
}

impl Requests {
    /// Starts a request with a body of `size` bytes.
    pub(crate) fn start(
        &mut self,
        link: Link,
        size: usize,
        request: impl Future<Output = Outcome> + MaybeSend + 'static,
    ) {
        let (abort, registration) = AbortHandle::new_pair();
        self.handles.push(Handle { link, abort, size });
        let request = Abortable::new(request, registration);
        self.running
            .push(Box::pin(async move { Some((link, request.await.ok()?)) }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The bytes of the bodies that are on their way.
    pub(crate) fn unsent(&self) -> usize {
        self.handles.iter().map(|handle| handle.size).sum()
    }

    /// Aborts the request of this link, if there is one.
    pub(crate) fn abort(&mut self, link: Link) {
        self.handles.retain(|own| {
            if own.link == link {
                own.abort.abort();
            }
            own.link != link
        });
    }

    /// Polls for a request that has ended. Pending if there is no request.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<(Link, Outcome)> {
        loop {
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(Some((link, outcome)))) => {
                    self.handles.retain(|own| own.link != link);
                    return Poll::Ready((link, outcome));
                }
                // Aborted.
                Poll::Ready(Some(None)) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}
