//! HTTP requests in flight.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tidewire_core::{EngineVersion, Link};

use crate::error::TransportError;
use crate::transport::http::Body;

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
type Running = Pin<Box<dyn Future<Output = Option<(Link, Outcome)>> + Send>>;

#[derive(Default)]
pub(crate) struct Requests {
    running: FuturesUnordered<Running>,
    handles: Vec<(Link, AbortHandle)>,
}

impl Requests {
    pub(crate) fn start(
        &mut self,
        link: Link,
        request: impl Future<Output = Outcome> + Send + 'static,
    ) {
        let (handle, registration) = AbortHandle::new_pair();
        self.handles.push((link, handle));
        let request = Abortable::new(request, registration);
        self.running
            .push(Box::pin(async move { Some((link, request.await.ok()?)) }));
    }

    /// Aborts the request of this link, if there is one.
    pub(crate) fn abort(&mut self, link: Link) {
        self.handles.retain(|(own, handle)| {
            if *own == link {
                handle.abort();
            }
            *own != link
        });
    }

    /// Polls for a request that has ended. Pending if there is no request.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<(Link, Outcome)> {
        loop {
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(Some((link, outcome)))) => {
                    self.handles.retain(|(own, _)| *own != link);
                    return Poll::Ready((link, outcome));
                }
                // Aborted.
                Poll::Ready(Some(None)) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}
