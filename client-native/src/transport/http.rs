//! HTTP requests of polling, over the connections of WebSockets: TCP, proxies and TLS are the same.
//!
//! By hyper's connections, and not by an HTTP client above them: that keeps them open for minutes, and may send a request twice.

use std::sync::Arc;
use std::time::Duration;

use ::http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, response,
};
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use tidewire_core::Target;
use tokio::time::timeout;

use super::http_connection::{HttpConnection, RequestBody};
use super::http_error::request_error;
use super::response::{REFUSAL_BYTES, REFUSAL_TIME, refusal};
use super::stream::{Io, Stream};
use super::{Connector, proxy};
use crate::error::TransportError;
use crate::meter::Stage;
use crate::polling_body::{Body, PostBody};

/// The bytes that are reserved at once, at most: the server may name any length.
const BLOCK: usize = 64 << 10;

impl Connector {
    /// Gets packets by HTTP. The server may hold the response for the time `hold`.
    pub(crate) async fn get(
        self: Arc<Self>,
        target: Target,
        hold: Duration,
    ) -> Result<Body, TransportError> {
        let _permit = self.connect_permit(target.sid.is_none()).await;
        let limit = self.request_timeout.map(|limit| limit.saturating_add(hold));
        let (head, bytes) = self.request_within(&target, None, limit).await?;
        let kind = head.headers.get(header::CONTENT_TYPE);
        Ok(Body {
            octets: kind
                .is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream")),
            bytes,
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
    ) -> Result<(response::Parts, Bytes), TransportError> {
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
    ) -> Result<(response::Parts, Bytes), TransportError> {
        let stream = match self.idle.take().await {
            Some(stream) => stream,
            // Boxed, because the request waits for its response without the state of a TLS handshake.
            None => Box::pin(self.open_for_requests(target.sid.is_none())).await?,
        };
        let connection = HttpConnection::new(stream).await;
        let mut connection = connection.map_err(|error| self.explained(&error, &[], target))?;
        let request = self.http_request(target, body)?;
        let response = match connection.send(request).await {
            Ok(response) => response,
            Err(error) => {
                let unread = connection.into_unread();
                return Err(self.explained(&error, &unread, target));
            }
        };
        let received = self.receive(&mut connection, response, target).await?;
        if let Some(stream) = connection.into_idle().await {
            self.idle.add(stream);
        }
        Ok(received)
    }

    /// Opens a connection to the server, or to an HTTP proxy that forwards requests.
    async fn open_for_requests(&self, opens: bool) -> Result<Stream, TransportError> {
        let Some(proxy) = self.forwarding_proxy() else {
            return self.connect(opens).await;
        };
        let opening = proxy.open(self.local_address);
        let tcp = self.measured(opens, Stage::Tcp, opening).await?;
        tcp.set_nodelay(true)?;
        Ok(Stream::new(Io::Plain(tcp), self.state.clone()))
    }

    /// The proxy that gets the requests themselves, because they are not encrypted.
    fn forwarding_proxy(&self) -> Option<&proxy::Proxy> {
        let proxy = self.proxy.as_deref();
        proxy.filter(|proxy| proxy.kind == proxy::Kind::Http && !self.address.secure)
    }

    fn http_request(
        &self,
        target: &Target,
        body: Option<PostBody>,
    ) -> Result<Request<RequestBody>, TransportError> {
        let proxy = self.forwarding_proxy();
        let resource = match proxy {
            Some(_) => self.address.url("http", target),
            None => self.address.request_path(target),
        };
        let headers = self.request_headers(proxy, body.as_ref());
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let bytes = body.map_or_else(Bytes::new, |body| body.bytes.into());
        let mut request = Request::new(RequestBody(bytes));
        *request.method_mut() = method;
        *request.uri_mut() =
            Uri::try_from(resource).map_err(|error| TransportError::Http(error.to_string()))?;
        *request.headers_mut() = headers;
        Ok(request)
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

    /// Reads the rest of a response. Returns it if its status says success.
    async fn receive(
        &self,
        connection: &mut HttpConnection,
        response: Response<Incoming>,
        target: &Target,
    ) -> Result<(response::Parts, Bytes), TransportError> {
        let (head, mut body) = response.into_parts();
        self.cookies.store(&head.headers);
        if let Some(proxy) = self.forwarding_proxy()
            && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.unauthorized("it refused with status 407"));
        }
        if !head.status.is_success() {
            let start = read_start(connection, &mut body).await;
            return Err(refusal(head.status, &head.headers, &start));
        }
        let content = self.read_body(connection, &mut body, target).await?;
        Ok((head, content))
    }

    /// Reads a body, up to the limit.
    async fn read_body(
        &self,
        connection: &mut HttpConnection,
        body: &mut Incoming,
        target: &Target,
    ) -> Result<Bytes, TransportError> {
        let limit = self.max_message_bytes;
        let length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if length > limit {
            return Err(TransportError::TooLarge(limit));
        }
        let mut content = Vec::with_capacity(length.min(BLOCK));
        while let Some(read) = connection.read(body).await {
            let bytes = read.map_err(|error| self.explained(&error, &[], target))?;
            if bytes.len() > limit - content.len() {
                return Err(TransportError::TooLarge(limit));
            }
            content.extend_from_slice(&bytes);
        }
        // Its events keep all of it.
        content.shrink_to_fit();
        Ok(content.into())
    }

    fn explained(&self, error: &hyper::Error, unread: &[u8], target: &Target) -> TransportError {
        request_error(error, unread, self.asked(target), &self.address.host)
    }
}

/// Reads the start of the body of a refusal, as much of it as comes.
async fn read_start(connection: &mut HttpConnection, body: &mut Incoming) -> Vec<u8> {
    let mut start = Vec::new();
    let reading = async {
        while start.len() < REFUSAL_BYTES
            && let Some(Ok(bytes)) = connection.read(body).await
        {
            start.extend_from_slice(&bytes);
        }
    };
    // A body that does not come is no reason to wait: the status says most.
    let _ = timeout(REFUSAL_TIME, reading).await;
    start.truncate(REFUSAL_BYTES);
    start
}

#[cfg(test)]
mod tests;
