//! One HTTP request on a connection: hyper writes it and reads the response. HTTP/1.1, keep-alive.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use ::http::{Request, Response};
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::response::HEAD_BYTES;
use super::stream::Stream;

/// A connection to the server, or to a proxy, during one request. It has no task: its bytes move while one of its methods is
/// polled.
///
/// hyper takes 28 KiB for it: buffers of 8 KiB in both directions, and a channel for 32 requests. Between two requests only the
/// stream is left.
#[derive(Debug)]
pub(super) struct HttpConnection {
    sender: SendRequest<RequestBody>,
    connection: Connection<TokioIo<Stream>, RequestBody>,
    has_ended: bool,
}

impl HttpConnection {
    /// Boxed, because a request's future has room for it at each place that holds it.
    pub(super) async fn new(stream: Stream) -> hyper::Result<Box<HttpConnection>> {
        let mut builder = Builder::new();
        // The largest head, and the most that is read at once: after large responses a poll would wait with hyper's 400 KiB.
        builder.max_buf_size(HEAD_BYTES);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        Ok(Box::new(HttpConnection {
            sender,
            connection,
            has_ended: false,
        }))
    }

    /// Sends a request. Returns its response when the head is there. hyper sends no request twice.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> hyper::Result<Response<Incoming>> {
        let response = self.sender.send_request(request);
        self.drive(response).await
    }

    /// Reads the next bytes of a response's body; `None` at its end.
    pub(super) async fn read(&mut self, body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
        loop {
            let next = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            match self.drive(next).await?.map(Frame::into_data) {
                Ok(Ok(bytes)) => return Some(Ok(bytes)),
                Ok(Err(_trailers)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The stream, if it can take another request: the response has ended, the server keeps it open, and nothing is left to read.
    pub(super) async fn into_idle(mut self: Box<Self>) -> Option<Stream> {
        let is_ready = poll_fn(|cx| {
            self.poll(cx);
            Poll::Ready(!self.has_ended && self.sender.is_ready())
        });
        let is_ready = is_ready.await;
        let parts = self.connection.into_parts();
        (is_ready && parts.read_buf.is_empty()).then(|| parts.io.into_inner())
    }

    /// The bytes that were read, and are not part of a response.
    pub(super) fn into_unread(self: Box<Self>) -> Bytes {
        self.connection.into_parts().read_buf
    }

    /// Waits for a future that the connection ends.
    async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.poll(cx);
            future.as_mut().poll(cx)
        })
        .await
    }

    /// Reads and writes. The request or body gets the error, if there is one.
    fn poll(&mut self, cx: &mut Context<'_>) {
        if !self.has_ended {
            self.has_ended = Pin::new(&mut self.connection).poll(cx).is_ready();
        }
    }
}

/// The body of a request, which is there as a whole, or empty.
#[derive(Debug)]
pub(super) struct RequestBody(pub(super) Bytes);

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
