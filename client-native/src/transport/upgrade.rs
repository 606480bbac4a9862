//! The handshake of a WebSocket: the HTTP request, and the response that accepts or refuses it. Source: RFC 6455, 4.1.
//!
//! By hand, because tungstenite says too little of a refusal: it drops the body, knows no redirect, and accepts an extension that
//! the client has not asked for.

use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tungstenite::handshake::client::generate_request;
use tungstenite::handshake::derive_accept_key;

use super::cookies::Cookies;
use super::tls;
use crate::error::{Asked, NoResponse, TransportError};

/// The largest head of a response, in bytes, and its headers.
const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 100;

/// The part of a refusal's body that is read: so many bytes, in so much time.
pub(super) const REFUSAL_BYTES: usize = 1 << 10;
pub(super) const REFUSAL_TIME: Duration = Duration::from_secs(1);

/// The bytes of one read.
const CHUNK: usize = 2 << 10;

/// Sends the request and reads the response. Returns the bytes that were read behind it.
pub(super) async fn upgrade<S>(
    stream: &mut S,
    request: Request<()>,
    cookies: &Cookies,
    asked: Asked,
) -> Result<Bytes, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let protocols = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    let protocols = protocols.cloned();
    let (bytes, key) =
        generate_request(request).map_err(|error| TransportError::WebSocket(error.to_string()))?;
    let mut reader = Reader {
        read: Vec::new(),
        asked,
    };
    reader.check(stream.write_all(&bytes).await)?;
    reader.check(stream.flush().await)?;
    let head = reader.read_head(stream).await?;
    cookies.store(&head.headers);
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(reader.refusal(stream, &head).await);
    }
    verify(&head.headers, &derive_accept_key(key.as_bytes()), protocols)
        .map_err(TransportError::WebSocket)?;
    if asked.opens {
        reader.expect_frame(stream).await?;
    }
    Ok(Bytes::copy_from_slice(&reader.read))
}

/// The bytes of the response that are read and not used yet.
struct Reader {
    read: Vec<u8>,
    asked: Asked,
}

struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Reader {
    async fn read_head<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<Head, TransportError> {
        /// The first byte of a TLS alert.
        const ALERT: u8 = 21;
        loop {
            let ended = self.read_more(stream).await? == 0;
            if self.read.first() == Some(&ALERT) && !self.asked.secure {
                return Err(self.no_response(NoResponse::Tls));
            }
            match parse(&self.read) {
                Ok(Some((head, size))) => {
                    self.read.drain(..size);
                    return Ok(head);
                }
                Ok(None) if ended => return Err(self.no_response(NoResponse::Closed)),
                Ok(None) if self.read.len() < HEAD_BYTES => {}
                Ok(None) => return Err(self.no_response(NoResponse::HeadTooLarge)),
                Err(why) => return Err(self.no_response(why)),
            }
        }
    }

    /// Waits for the first byte of an Engine.IO server, which is the first to speak.
    ///
    /// engine.io 6 refuses `EIO=3` with a response after it has accepted the WebSocket. No frame begins as a response does.
    async fn expect_frame<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<(), TransportError> {
        if self.read.is_empty() {
            self.read_more(stream).await?;
        }
        if self.read.first() != Some(&b'H') {
            return Ok(());
        }
        let head = self.read_head(stream).await?;
        Err(self.refusal(stream, &head).await)
    }

    /// The error of a refusal, with the start of its body.
    async fn refusal<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        head: &Head,
    ) -> TransportError {
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let wanted = length.unwrap_or(REFUSAL_BYTES).min(REFUSAL_BYTES);
        let reading = async {
            while self.read.len() < wanted {
                if !matches!(self.read_more(stream).await, Ok(1..)) {
                    break;
                }
            }
        };
        // A body that does not come is no reason to wait: the status says most.
        let _ = tokio::time::timeout(REFUSAL_TIME, reading).await;
        let is_chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
        let body = if is_chunked {
            first_chunks(&self.read)
        } else {
            self.read[..self.read.len().min(wanted)].to_vec()
        };
        TransportError::refusal(head.status.as_u16(), &head.headers, &body)
    }

    /// Reads what is there. Returns the number of bytes, which is 0 at the end.
    async fn read_more<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<usize, TransportError> {
        self.read.reserve(CHUNK);
        let read = stream.read_buf(&mut self.read).await;
        self.check(read)
    }

    /// A peer that resets the connection has closed it.
    fn check<T>(&self, result: std::io::Result<T>) -> Result<T, TransportError> {
        result.map_err(|error| match error {
            error if self.asked.opens && tls::is_end(&error) => {
                self.no_response(NoResponse::Closed)
            }
            error => error.into(),
        })
    }

    fn no_response(&self, why: NoResponse) -> TransportError {
        TransportError::Http(why.text(self.asked))
    }
}

/// Parses the head of a response; `None` if it is not whole. Returns its size, too.
fn parse(read: &[u8]) -> Result<Option<(Head, usize)>, NoResponse> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut fields);
    let size = match response.parse(read) {
        Ok(httparse::Status::Complete(size)) => size,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(NoResponse::HeadTooLarge),
        Err(_) => return Err(NoResponse::NotHttp),
    };
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok());
    let mut headers = HeaderMap::new();
    for field in response.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(NoResponse::NotHttp);
        };
        headers.append(name, value);
    }
    let status = status.ok_or(NoResponse::NotHttp)?;
    Ok(Some((Head { status, headers }, size)))
}

/// Checks a response that accepts the WebSocket. The error says which rule it breaks.
fn verify(headers: &HeaderMap, accept: &str, protocols: Option<HeaderValue>) -> Result<(), String> {
    let proxy = "does a proxy before the server pass WebSockets on?";
    if !has_token(headers, &header::UPGRADE, "websocket") {
        return Err(format!("the response has no `Upgrade: websocket`: {proxy}"));
    }
    if !has_token(headers, &header::CONNECTION, "upgrade") {
        return Err(format!(
            "the response has no `Connection: Upgrade`: {proxy}"
        ));
    }
    let key = headers.get(header::SEC_WEBSOCKET_ACCEPT);
    if key.is_none_or(|key| key != accept) {
        return Err(format!(
            "the header Sec-WebSocket-Accept is wrong, as that of another request: {proxy}"
        ));
    }
    let mut extensions = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    if let Some(extension) = extensions.find(|value| !is_empty_list(value)) {
        return Err(format!(
            "the server turns on an extension that the client has not asked for: {:.200}",
            String::from_utf8_lossy(extension.as_bytes())
        ));
    }
    let protocol = headers.get(header::SEC_WEBSOCKET_PROTOCOL);
    let accepted = match (protocols, protocol) {
        (None, None) => true,
        (Some(asked), Some(chosen)) => tokens(&asked).any(|one| Some(one) == chosen.to_str().ok()),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !accepted {
        let protocol = protocol.map_or(&b"none"[..], HeaderValue::as_bytes);
        return Err(format!(
            "the server chose the subprotocol {:.200}, which is not one of Builder::header(\"Sec-WebSocket-Protocol\")",
            String::from_utf8_lossy(protocol)
        ));
    }
    Ok(())
}

/// Whether a header names nothing: a list may have empty elements (RFC 9110, 5.6.1).
fn is_empty_list(value: &HeaderValue) -> bool {
    let empty = |&byte: &u8| matches!(byte, b',' | b' ' | b'\t');
    value.as_bytes().iter().all(empty)
}

/// Whether a header has this word in its list.
fn has_token(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.any(|value| tokens(value).any(|token| token.eq_ignore_ascii_case(word)))
}

fn tokens(value: &HeaderValue) -> impl Iterator<Item = &str> {
    let text = value.to_str().unwrap_or_default();
    text.split(',').map(str::trim)
}

/// The content of the chunks that are there, of a body in chunks (RFC 9112, 7.1).
fn first_chunks(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(end) = body.iter().position(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(&body[..end]);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let Ok(size @ 1..) = usize::from_str_radix(digits, 16) else {
            break;
        };
        let rest = &body[end + 1..];
        let (chunk, rest) = rest.split_at(size.min(rest.len()));
        content.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n").unwrap_or_default();
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_chunks_is_read_as_far_as_it_is_there() {
        for (body, content) in [
            ("5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n", "hello world"),
            ("ff\r\nstart", "start"),
            ("5\r\nhello\r\n", "hello"),
            ("zz\r\nhello", ""),
            ("5", ""),
            ("ffffffffffffffffff\r\nx", ""),
        ] {
            assert_eq!(first_chunks(body.as_bytes()), content.as_bytes(), "{body}");
        }
    }

    /// Verifies these lines of a response.
    fn verified(lines: &str, protocols: Option<&str>) -> Result<(), String> {
        let text = format!("HTTP/1.1 101 OK\r\n{lines}\r\n\r\n");
        let (head, _) = parse(text.as_bytes()).ok().flatten().unwrap();
        let protocols = protocols.map(|protocols| HeaderValue::from_str(protocols).unwrap());
        verify(&head.headers, "key", protocols)
    }

    const ACCEPTED: &str =
        "Upgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: key";

    #[test]
    fn a_response_that_breaks_a_rule_is_refused() {
        assert_eq!(verified(ACCEPTED, None), Ok(()));
        let empty = format!("{ACCEPTED}\r\nSec-WebSocket-Extensions: , ");
        assert_eq!(verified(&empty, None), Ok(()));
        for (broken, why) in [
            (
                ACCEPTED.replace("WebSocket\r", "h2c\r"),
                "Upgrade: websocket",
            ),
            (
                ACCEPTED.replace("Upgrade\r", "close\r"),
                "Connection: Upgrade",
            ),
            (ACCEPTED.replace(": key", ": other"), "Sec-WebSocket-Accept"),
            (
                format!("{ACCEPTED}\r\nSec-WebSocket-Extensions: permessage-deflate"),
                "permessage-deflate",
            ),
            (
                format!("{empty}\r\nSec-WebSocket-Extensions: second"),
                "second",
            ),
            (
                format!("{ACCEPTED}\r\nSec-WebSocket-Protocol: chat"),
                "subprotocol",
            ),
        ] {
            let error = verified(&broken, None).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_subprotocol_is_one_of_those_asked_for() {
        let chosen = |name: &str| format!("{ACCEPTED}\r\nSec-WebSocket-Protocol: {name}");
        assert_eq!(verified(&chosen("b"), Some("a, b")), Ok(()));
        assert!(verified(&chosen("c"), Some("a, b")).is_err());
        assert!(verified(ACCEPTED, Some("a, b")).is_err());
    }
}
