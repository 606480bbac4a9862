//! HTTP requests of polling, by hand over the connections of WebSockets: HTTP/1.1, keep-alive.
//!
//! Of HTTP a poll needs a GET, a POST and two connections. hyper would take 25 KiB for each of those: a channel for 32 requests,
//! and buffers of 8 KiB in both directions, while a poll waits for minutes.

use std::future::poll_fn;
use std::io::{ErrorKind, Result as IoResult};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use tidewire_core::Target;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::Connector;
use super::polling_body::{Body, PostBody};
use super::response::{Head, Reader};
use super::response_body::{End, persists};
use super::stream::Stream;
use super::{proxy, tls};
use crate::error::TransportError;

/// A body up to so many bytes goes with its head in one write.
const SMALL_BODY: usize = 16 << 10;

/// A body up to so many bytes is copied: its events would keep all of its buffer.
const SMALL_RESPONSE: usize = 4 << 10;

impl Connector {
    /// Gets packets by HTTP. The server may hold the response for the time `hold`.
    pub(crate) async fn get(
        self: Arc<Self>,
        target: Target,
        hold: Duration,
    ) -> Result<Body, TransportError> {
        let limit = self.request_timeout.map(|limit| limit.saturating_add(hold));
        let (head, bytes) = self.request_within(&target, None, limit).await?;
        let kind = head.headers.get(header::CONTENT_TYPE);
        Ok(Body {
            octets: kind
                .is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream")),
            bytes: if bytes.len() <= SMALL_RESPONSE {
                Bytes::copy_from_slice(&bytes)
            } else {
                bytes.freeze()
            },
        })
    }

    /// Sends packets by HTTP.
    pub(crate) async fn post(
        self: Arc<Self>,
        target: Target,
        body: PostBody,
    ) -> Result<(), TransportError> {
        let limit = self.request_timeout;
        self.request_within(&target, Some(body), limit)
            .await
            .map(drop)
    }

    /// Sends a request and reads the response, in the time `limit`.
    async fn request_within(
        &self,
        target: &Target,
        body: Option<PostBody>,
        limit: Option<Duration>,
    ) -> Result<(Head, BytesMut), TransportError> {
        let exchange = self.exchange(target, body);
        match limit {
            None => exchange.await,
            Some(limit) => match timeout(limit, exchange).await {
                Ok(outcome) => outcome,
                Err(_) => Err(TransportError::RequestTimeout),
            },
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        body: Option<PostBody>,
    ) -> Result<(Head, BytesMut), TransportError> {
        let mut stream = match self.idle.take().await {
            Some(stream) => stream,
            // Boxed, because the request waits for its response without the state of a TLS handshake.
            None => Box::pin(self.open_for_requests()).await?,
        };
        let mut reader = Reader::new(self.asked(target));
        let is_sent = self.send(&mut stream, &mut reader, target, body).await;
        let outcome = self.receive(&mut stream, &mut reader).await;
        let (head, body, is_reusable) = outcome.map_err(|error| self.explained(error))?;
        if is_sent && is_reusable {
            self.idle.add(stream);
        }
        Ok((head, body))
    }

    /// Opens a connection to the server, or to an HTTP proxy that forwards requests.
    async fn open_for_requests(&self) -> Result<Stream, TransportError> {
        let Some(proxy) = self.forwarding_proxy() else {
            return self.connect().await;
        };
        let tcp = proxy.open(self.local_address).await?;
        tcp.set_nodelay(true)?;
        Ok(Stream::Plain(tcp))
    }

    /// The proxy that gets the requests themselves, because they are not encrypted.
    fn forwarding_proxy(&self) -> Option<&proxy::Proxy> {
        let proxy = self.proxy.as_deref();
        proxy.filter(|proxy| proxy.kind == proxy::Kind::Http && !self.address.secure)
    }

    /// Sends a request. Returns whether all of it went out: a server may refuse a large body before its end, and a failure
    /// shows when the response is read.
    async fn send(
        &self,
        stream: &mut Stream,
        reader: &mut Reader,
        target: &Target,
        body: Option<PostBody>,
    ) -> bool {
        let mut head = self.head(target, body.as_ref());
        let body = body.map(|body| body.bytes).unwrap_or_default();
        if body.len() > SMALL_BODY {
            return write(stream, reader, &head).await && write(stream, reader, &body).await;
        }
        head.extend_from_slice(&body);
        write(stream, reader, &head).await
    }

    /// The head of a request.
    fn head(&self, target: &Target, body: Option<&PostBody>) -> Vec<u8> {
        let proxy = self.forwarding_proxy();
        let method = if body.is_some() { "POST" } else { "GET" };
        let resource = match proxy {
            Some(_) => self.address.url("http", target),
            None => self.address.request_path(target),
        };
        let mut head = format!("{method} {resource} HTTP/1.1\r\n").into_bytes();
        for (name, value) in &self.request_headers(proxy, body) {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    fn request_headers(&self, proxy: Option<&proxy::Proxy>, body: Option<&PostBody>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // Both texts are visible ASCII.
        if let Ok(host) = HeaderValue::try_from(self.address.authority()) {
            headers.insert(header::HOST, host);
        }
        headers.extend(self.headers.clone());
        // The length of the body is not the user's.
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        if let Some(cookies) = self.cookies.header() {
            headers.insert(header::COOKIE, cookies);
        }
        let authorization = proxy.and_then(proxy::Proxy::authorization);
        if let Some(Ok(basic)) = authorization.map(HeaderValue::try_from) {
            headers.insert(header::PROXY_AUTHORIZATION, basic);
        }
        if let Some(body) = body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(body.kind));
            headers.insert(header::CONTENT_LENGTH, body.size().into());
        }
        headers
    }

    /// Reads a response. Returns it if its status says success, and whether the connection can be used again.
    async fn receive(
        &self,
        stream: &mut Stream,
        reader: &mut Reader,
    ) -> Result<(Head, BytesMut, bool), TransportError> {
        reader.wait(stream).await?;
        let head = reader.read_final_head(stream).await?;
        self.cookies.store(&head.headers);
        if let Some(proxy) = self.forwarding_proxy()
            && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.unauthorized("it refused with status 407"));
        }
        if !head.status.is_success() {
            return Err(reader.refusal(stream, &head).await);
        }
        let end = End::of(&head).map_err(|why| reader.no_response(why))?;
        let body = reader
            .read_body(stream, &end, self.max_message_bytes)
            .await?;
        // Bytes behind a response belong to none.
        let is_reusable = persists(&head) && end != End::Close && reader.read.is_empty();
        Ok((head, body, is_reusable))
    }

    /// The error of a TLS connection that broke, with advice.
    fn explained(&self, error: TransportError) -> TransportError {
        match &error {
            TransportError::Io(io) => match tls::find(&**io) {
                Some(failed) => tls::error(failed, &self.address.host),
                None => error,
            },
            _ => error,
        }
    }
}

/// Writes bytes and flushes them, unless a response begins before: a server may refuse a large body without reading it. Returns
/// whether all bytes went out.
async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    reader: &mut Reader,
    mut bytes: &[u8],
) -> bool {
    let written: IoResult<bool> = poll_fn(|cx| {
        while !bytes.is_empty() {
            match Pin::new(&mut *stream).poll_write(cx, bytes)? {
                Poll::Ready(0) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                Poll::Ready(count) => bytes = &bytes[count..],
                Poll::Pending => return poll_response(stream, reader, cx).map_ok(|()| false),
            }
        }
        Poll::Ready(Ok(true))
    })
    .await;
    matches!(written, Ok(true)) && stream.flush().await.is_ok()
}

/// Ready if a response begins, or the connection ends.
fn poll_response<S: AsyncRead + Unpin>(
    stream: &mut S,
    reader: &mut Reader,
    cx: &mut Context<'_>,
) -> Poll<IoResult<()>> {
    let mut byte = [0];
    let mut buffer = ReadBuf::new(&mut byte);
    std::task::ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    reader.read.extend_from_slice(buffer.filled());
    Poll::Ready(Ok(()))
}
