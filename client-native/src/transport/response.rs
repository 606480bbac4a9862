//! Reads the response to the handshake of a WebSocket: its head, and the start of the body of a refusal.

use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::tls;
use crate::error::{Asked, NoResponse, TransportError};

/// The largest head of a response, in bytes, and its headers.
pub(super) const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 100;

/// The part of a refusal's body that is read: so many bytes, in so much time.
pub(super) const REFUSAL_BYTES: usize = 1 << 10;
pub(super) const REFUSAL_TIME: Duration = Duration::from_secs(1);

/// The bytes of one read.
const CHUNK: usize = 2 << 10;

/// The bytes of the response that are read and not used yet.
pub(super) struct Reader {
    pub(super) read: BytesMut,
    asked: Asked,
}

pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

impl Reader {
    pub(super) fn new(asked: Asked) -> Reader {
        Reader {
            read: BytesMut::new(),
            asked,
        }
    }

    pub(super) async fn read_head<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<Head, TransportError> {
        /// The first byte of a TLS alert.
        const ALERT: u8 = 21;
        loop {
            if self.read.first() == Some(&ALERT) && !self.asked.secure {
                return Err(self.no_response(NoResponse::Tls));
            }
            match parse(&self.read) {
                Ok(Some((head, size))) => {
                    self.read.advance(size);
                    return Ok(head);
                }
                Ok(None) if self.read.len() < HEAD_BYTES => {
                    if self.read_more(stream).await? == 0 {
                        return Err(self.no_response(NoResponse::Closed));
                    }
                }
                Ok(None) => return Err(self.no_response(NoResponse::HeadTooLarge)),
                Err(why) => return Err(self.no_response(why)),
            }
        }
    }

    /// The error of a refusal, with the start of its body.
    pub(super) async fn refusal<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        head: &Head,
    ) -> TransportError {
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let wanted = length.unwrap_or(REFUSAL_BYTES).min(REFUSAL_BYTES);
        let is_chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
        let reading = async {
            while self.read.len() < wanted && !(is_chunked && first_chunks(&self.read).1) {
                if !matches!(self.read_more(stream).await, Ok(1..)) {
                    break;
                }
            }
        };
        // A body that does not come is no reason to wait: the status says most.
        let _ = tokio::time::timeout(REFUSAL_TIME, reading).await;
        let body = if is_chunked {
            first_chunks(&self.read).0
        } else {
            self.read[..self.read.len().min(wanted)].to_vec()
        };
        refusal(head.status, &head.headers, &body)
    }

    /// Reads what is there. Returns the number of bytes, which is 0 at the end.
    pub(super) async fn read_more<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<usize, TransportError> {
        self.read.reserve(CHUNK);
        let read = stream.read_buf(&mut self.read).await;
        self.check(read)
    }

    /// A peer that resets the connection has closed it.
    pub(super) fn check<T>(&self, result: std::io::Result<T>) -> Result<T, TransportError> {
        result.map_err(|error| match error {
            error if self.asked.opens && tls::is_end(&error) => {
                self.no_response(NoResponse::Closed)
            }
            error => error.into(),
        })
    }

    pub(super) fn no_response(&self, why: NoResponse) -> TransportError {
        TransportError::Http(why.text(self.asked))
    }
}

/// The error of a response with another status than the request needs.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> TransportError {
    let location = headers.get(header::LOCATION).map(HeaderValue::as_bytes);
    TransportError::refusal(status.as_u16(), location, body)
}

/// Parses the head of a response; `None` if it is not whole. Returns its size, too.
pub(super) fn parse(read: &[u8]) -> Result<Option<(Head, usize)>, NoResponse> {
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
    for field in &*response.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(NoResponse::NotHttp);
        };
        headers.append(name, value);
    }
    let status = status.ok_or(NoResponse::NotHttp)?;
    let head = Head { status, headers };
    Ok(Some((head, size)))
}

/// Whether a header has this word in its list.
pub(super) fn has_token(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.any(|value| tokens(value).any(|token| token.eq_ignore_ascii_case(word)))
}

pub(super) fn tokens(value: &HeaderValue) -> impl Iterator<Item = &str> {
    let text = value.to_str().unwrap_or_default();
    text.split(',').map(str::trim)
}

/// The content of the chunks that are there, of a body in chunks, and whether no other follows (RFC 9112, 7.1).
fn first_chunks(mut body: &[u8]) -> (Vec<u8>, bool) {
    let mut content = Vec::new();
    while let Some(end) = body.iter().position(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(&body[..end]);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let Ok(size @ 1..) = usize::from_str_radix(digits, 16) else {
            return (content, true);
        };
        let rest = &body[end + 1..];
        let (chunk, rest) = rest.split_at(size.min(rest.len()));
        content.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n").unwrap_or_default();
    }
    (content, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_chunks_is_read_as_far_as_it_is_there() {
        for (body, content, is_whole) in [
            (
                "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n",
                "hello world",
                true,
            ),
            ("ff\r\nstart", "start", false),
            ("5\r\nhello\r\n", "hello", false),
            ("zz\r\nhello", "", true),
            ("5", "", false),
            ("ffffffffffffffffff\r\nx", "", true),
        ] {
            let wanted = (content.as_bytes().to_vec(), is_whole);
            assert_eq!(first_chunks(body.as_bytes()), wanted, "{body}");
        }
    }
}
