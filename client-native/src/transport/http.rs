//! HTTP requests of polling, by reqwest: keep-alive, rustls.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response, Url};
use rustls::ClientConfig;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::polling::{self, BodyFormat, Writer};
use tidewire_core::wire::{engine::EngineType, packet::Content};
use tidewire_core::{EngineVersion, Frame, HEAD_LIMIT, Packet, TAIL_LIMIT};

use super::cookies::Cookies;
use super::proxy::Proxy;
use super::tls;
use super::upgrade::{REFUSAL_BYTES, REFUSAL_TIME};
use crate::error::{Asked, NoResponse, TransportError};

/// The HTTP client. Its requests share connections and cookies.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    cookies: Arc<Cookies>,
    proxy: Option<Proxy>,
    max_body_bytes: usize,
}

/// The body of a response to a GET.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Bytes,
    /// Whether its type is `application/octet-stream`, which a 2.x server uses for binary.
    octets: bool,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) url: String,
    /// The time from the first byte sent to the last byte read.
    pub(crate) limit: Option<Duration>,
    pub(crate) asked: Asked,
}

impl Http {
    pub(crate) fn new(
        tls: ClientConfig,
        headers: HeaderMap,
        cookies: Arc<Cookies>,
        proxy: Option<Proxy>,
        local_address: Option<IpAddr>,
        max_body_bytes: usize,
    ) -> Result<Http, TransportError> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .local_address(local_address)
            // Ignores the proxies of the environment.
            .no_proxy()
            .tcp_nodelay(true);
        if let Some(proxy) = &proxy {
            let all = reqwest::Proxy::all(proxy.url().clone());
            builder = builder.proxy(all.map_err(|error| proxy.error(error))?);
        }
        let client = builder
            .build()
            .map_err(|error| TransportError::Http(error.to_string()))?;
        Ok(Http {
            client,
            cookies,
            proxy,
            max_body_bytes,
        })
    }

    /// Gets packets.
    pub(crate) async fn get(&self, call: Call) -> Result<Body, TransportError> {
        let response = self.send(self.client.get(&call.url), &call).await?;
        let octets = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream"));
        let bytes = read(response, self.max_body_bytes, call.asked).await?;
        Ok(Body { bytes, octets })
    }

    /// Posts packets.
    pub(crate) async fn post(&self, call: Call, body: PostBody) -> Result<(), TransportError> {
        let request = self
            .client
            .post(&call.url)
            .header(header::CONTENT_TYPE, body.kind)
            .body(body.bytes);
        let response = self.send(request, &call).await?;
        // Reading to the end returns the connection to the pool.
        let read = read(response, self.max_body_bytes, call.asked).await;
        read.map(drop)
    }

    /// Sends a request. Returns the response if its status is 200.
    async fn send(
        &self,
        mut request: RequestBuilder,
        call: &Call,
    ) -> Result<Response, TransportError> {
        if let Some(limit) = call.limit {
            request = request.timeout(limit);
        }
        if let Some(cookies) = self.cookies.header() {
            request = request.header(header::COOKIE, cookies);
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| match &self.proxy {
            Some(proxy) if error.is_connect() && !error.is_timeout() => {
                proxy_error(proxy, &error, call.asked)
            }
            _ => request_error(&error, call.asked),
        })?;
        self.cookies.store(response.headers());
        match &self.proxy {
            // Only a proxy responds with this status.
            Some(proxy) if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(proxy.unauthorized("it refused with status 407"))
            }
            _ => checked(response).await,
        }
    }
}

impl Body {
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The Engine.IO version of the body's format; `known` if an earlier response has shown it.
    pub(crate) fn version(&self, known: Option<EngineVersion>) -> EngineVersion {
        match (known, std::str::from_utf8(&self.bytes)) {
            (Some(known), _) => known,
            (None, Ok(text)) if !self.octets => polling::engine_version_of(text),
            // Only a 2.x server sends bodies that are not text.
            _ => EngineVersion::Eio3,
        }
    }

    /// Whether its format is that of another version than `known`.
    pub(crate) fn contradicts(&self, known: Option<EngineVersion>) -> bool {
        known.is_some_and(|known| self.version(None) != known)
    }

    /// The packets. A text body that is not UTF-8 is one bad packet.
    pub(crate) fn frames(&self, version: EngineVersion) -> Vec<Result<(Bytes, bool), BadPacket>> {
        if self.octets {
            return self.collect(polling::decode_octets(&self.bytes));
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.collect(polling::decode_text(version, text)),
            Err(_) => vec![Err(BadPacket)],
        }
    }

    fn collect(&self, frames: polling::Frames<'_>) -> Vec<Result<(Bytes, bool), BadPacket>> {
        frames
            .map(|frame| frame.map(|content| self.own(content)))
            .collect()
    }

    /// A packet's bytes, and whether they are text. Shares the memory of the body if the packet borrows from it.
    fn own(&self, content: Content<'_>) -> (Bytes, bool) {
        match content {
            Content::Text(text) => match text {
                std::borrow::Cow::Borrowed(text) => (self.bytes.slice_ref(text.as_bytes()), true),
                std::borrow::Cow::Owned(text) => (Bytes::from(text), true),
            },
            Content::Binary(bytes) => match bytes {
                std::borrow::Cow::Borrowed(bytes) => (self.bytes.slice_ref(bytes), false),
                std::borrow::Cow::Owned(bytes) => (Bytes::from(bytes), false),
            },
        }
    }
}

/// The machine's frame of a packet from a body.
pub(crate) fn frame(packet: &(Bytes, bool)) -> Frame<'_, Bytes> {
    let (bytes, is_text) = packet;
    let head = &bytes[..bytes.len().min(HEAD_LIMIT)];
    if *is_text {
        let tail = &bytes[bytes.len().saturating_sub(TAIL_LIMIT)..];
        Frame::text(head, bytes.clone()).with_tail(tail)
    } else {
        Frame::binary(head, bytes.clone())
    }
}

/// The body of a POST.
#[derive(Debug)]
pub(crate) struct PostBody {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl PostBody {
    pub(crate) fn new(version: EngineVersion, packets: &[Packet<Bytes>]) -> PostBody {
        let format = BodyFormat::new(version, packets.iter().any(Packet::is_binary), true);
        let mut writer = Writer::new(format);
        let mut head = Vec::new();
        for packet in packets {
            let payload = packet.payload().map_or(&[][..], |payload| payload);
            if packet.is_binary() {
                writer.binary(EngineType::Message, payload);
            } else {
                head.clear();
                packet.write_head(&mut head);
                writer.text(&head, payload);
            }
        }
        PostBody {
            kind: format.content_type(),
            bytes: writer.finish(),
        }
    }

    /// In bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// Returns a response with status 200, or its status and the start of its body. A proxy may have made the body: HTML, or nothing.
async fn checked(response: Response) -> Result<Response, TransportError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let headers = response.headers().clone();
    let body = read_start(response).await;
    Err(TransportError::refusal(status.as_u16(), &headers, &body))
}

/// Reads the start of the body of a refusal, as much of it as comes.
async fn read_start(mut response: Response) -> BytesMut {
    let mut body = BytesMut::new();
    let reading = async {
        while body.len() < REFUSAL_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    // A body that does not come is no reason to wait: the status says most.
    let _ = tokio::time::timeout(REFUSAL_TIME, reading).await;
    body
}

/// Reads a body, up to `limit` bytes.
async fn read(mut response: Response, limit: usize, asked: Asked) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| request_error(&error, asked))?
    {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(TransportError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The error of a connection through a proxy.
fn proxy_error(proxy: &Proxy, error: &reqwest::Error, asked: Asked) -> TransportError {
    if sources(error).any(|source| tls::find(source).is_some()) {
        // The TLS handshake is with the server, behind the proxy.
        return request_error(error, asked);
    }
    let known = sources(error).find_map(|source| proxy.library_error(source));
    known.unwrap_or_else(|| match sources(error).last() {
        Some(root) => proxy.error(root),
        None => proxy.error(error),
    })
}

fn request_error(error: &reqwest::Error, asked: Asked) -> TransportError {
    let host = error.url().and_then(Url::host_str).unwrap_or("the server");
    if let Some(failed) = sources(error).find_map(tls::find) {
        return tls::error(failed, host);
    }
    let http = sources(error).find_map(|source| source.downcast_ref::<hyper::Error>());
    if let Some(why) = http.and_then(|error| no_response(error, asked)) {
        return TransportError::Http(why.text(asked));
    }
    if let Some(io) = sources(error).find_map(io_error) {
        if asked.secure && error.is_connect() && tls::is_end(io) {
            return tls::closed(host);
        }
        return match io.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code).into(),
            None => io::Error::new(io.kind(), io.to_string()).into(),
        };
    }
    if error.is_timeout() {
        return TransportError::RequestTimeout;
    }
    let root = sources(error).last();
    TransportError::Http(root.map_or_else(|| error.to_string(), ToString::to_string))
}

/// Why there is no response, if hyper says so.
fn no_response(error: &hyper::Error, asked: Asked) -> Option<NoResponse> {
    let io = error.source().and_then(io_error);
    if error.is_parse() {
        // hyper tells servers only by a method.
        let is_too_large = error.to_string().contains("too large");
        Some(if is_too_large {
            NoResponse::HeadTooLarge
        } else {
            NoResponse::NotHttp
        })
    } else if error.is_incomplete_message() || asked.opens && io.is_some_and(tls::is_end) {
        Some(NoResponse::Closed)
    } else {
        None
    }
}

/// The I/O error of the system, which may be inside of others: `source` skips what is directly inside.
fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let own = error.downcast_ref::<io::Error>()?;
    let inner = own.get_ref().and_then(|inner| io_error(inner));
    Some(inner.unwrap_or(own))
}

/// The sources of an error, the root last.
fn sources<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
