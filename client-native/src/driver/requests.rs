//! HTTP requests on their way.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use tidewire_core::{EngineVersion, Link};

use crate::error::TransportError;
use crate::transport::http::Body;

/// How a request has ended.
pub(crate) enum Response {
    /// A GET: its body, and the generation whose form that must have if it is known.
    Packets(Body, Option<EngineVersion>),
    /// A POST.
    Taken,
}

impl Response {
    /// How many bytes it brings.
    pub(crate) fn size(&self) -> usize {
        match self {
            Response::Packets(body, _) => body.size(),
            Response::Taken => 0,
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

    /// Gives a request up, if there is one of this name.
    pub(crate) fn abort(&mut self, link: Link) {
        self.handles.retain(|(own, handle)| {
            if *own == link {
                handle.abort();
            }
            *own != link
        });
    }

    /// A request that has ended. Pending also when there is none.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<(Link, Outcome)> {
        loop {
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(Some((link, outcome)))) => {
                    self.handles.retain(|(own, _)| *own != link);
                    return Poll::Ready((link, outcome));
                }
                // It was given up.
                Poll::Ready(Some(None)) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}
