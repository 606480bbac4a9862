//! HTTP requests, as far as the clients send them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A connection of any kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for S {}

/// A request with its body.
pub(crate) struct Request {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the next one. `input` holds what was read beyond the one before.
    pub(crate) async fn read(stream: &mut impl Stream, input: &mut Vec<u8>) -> io::Result<Request> {
        loop {
            if let Some(request) = Request::take(input) {
                return Ok(request);
            }
            if stream.read_buf(input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The request at the beginning of the input, if all of it is there.
    pub(super) fn take(input: &mut Vec<u8>) -> Option<Request> {
        let end = input.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let mut request = Request {
            head: String::from_utf8_lossy(&input[..end]).into_owned(),
            body: Vec::new(),
        };
        let len: usize = request.header("content-length").parse().unwrap_or(0);
        request.body = input.get(end..end + len)?.to_vec();
        input.drain(..end + len);
        Some(request)
    }

    /// A header's value, or nothing.
    fn header(&self, name: &str) -> &str {
        let headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.trim())
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let target = self.head.split_whitespace().nth(1)?;
        let (_, query) = target.split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(own, value)| (own == name).then_some(value))
    }

    pub(crate) fn is_post(&self) -> bool {
        self.head.starts_with("POST ")
    }

    /// Whether the client offers compression and the query asks for it: a client that always offers it is measured without, too.
    pub(crate) fn wants_deflate(&self) -> bool {
        self.parameter("deflate").is_some() && self.offers("permessage-deflate")
    }

    /// Whether the offer of a WebSocket's extensions has this part.
    pub(crate) fn offers(&self, part: &str) -> bool {
        let offer = self.header("sec-websocket-extensions");
        offer.split([';', ',']).any(|own| own.trim() == part)
    }

    /// The answer that makes the connection a WebSocket, with an extension or none.
    pub(crate) fn accept_websocket(&self, extension: Option<&str>) -> Vec<u8> {
        let accept = derive_accept_key(self.header("sec-websocket-key").as_bytes());
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n"
        );
        if let Some(extension) = extension {
            answer += &format!("Sec-WebSocket-Extensions: {extension}\r\n");
        }
        answer += "\r\n";
        answer.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_when_its_body_is_there() {
        let whole = b"POST /socket.io/?EIO=4&sid=7 HTTP/1.1\r\nContent-Length: 2\r\n\r\n40GET";
        let mut input = whole[..whole.len() - 4].to_vec();
        assert!(Request::take(&mut input).is_none());
        input = whole.to_vec();
        let request = Request::take(&mut input).unwrap();
        assert_eq!((&request.body[..], &input[..]), (&b"40"[..], &b"GET"[..]));
        assert!(request.is_post());
        assert_eq!(request.parameter("sid"), Some("7"));
        assert_eq!(request.parameter("transport"), None);
    }
}
