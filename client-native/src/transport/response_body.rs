//! Reads the body of an HTTP response, and says whether the connection can be used again. Source: RFC 9112, 6 and 7.

use ::http::{HeaderMap, StatusCode, header};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::response::{HEAD_BYTES, HEADERS, Head, Reader, has_token, tokens};
use crate::error::{NoResponse, TransportError};

/// The bytes of one read, at most, of a body whose length is known.
const BLOCK: usize = 64 << 10;

/// The longest line with the size of a chunk, in bytes.
const SIZE_LINE: usize = 1 << 10;

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// After so many bytes.
    Length(usize),
    /// After the last chunk.
    LastChunk,
    /// With the connection.
    Close,
}

impl End {
    /// The end of the body of a response to a GET or POST.
    pub(super) fn of(head: &Head) -> Result<End, NoResponse> {
        if head.status == StatusCode::NO_CONTENT {
            return Ok(End::Length(0));
        }
        if head.headers.contains_key(header::TRANSFER_ENCODING) {
            let mut codings = list(&head.headers, header::TRANSFER_ENCODING);
            let is_chunked = codings
                .next_back()
                .is_some_and(|last| last.eq_ignore_ascii_case("chunked"));
            return Ok(if is_chunked {
                End::LastChunk
            } else {
                End::Close
            });
        }
        let mut lengths = list(&head.headers, header::CONTENT_LENGTH);
        match lengths.next() {
            None if head.headers.contains_key(header::CONTENT_LENGTH) => Err(NoResponse::NotHttp),
            None => Ok(End::Close),
            // A length that is named twice must be the same.
            Some(first) if lengths.all(|other| other == first) => digits(first).map(End::Length),
            Some(_) => Err(NoResponse::NotHttp),
        }
    }
}

/// Whether the server keeps the connection open after a response.
pub(super) fn persists(head: &Head) -> bool {
    let says = |word| has_token(&head.headers, &header::CONNECTION, word);
    // A peer that does not know one of the two fields would find another end.
    let is_ambiguous = head.headers.contains_key(header::TRANSFER_ENCODING)
        && head.headers.contains_key(header::CONTENT_LENGTH);
    !is_ambiguous && !says("close") && (head.minor_version > 0 || says("keep-alive"))
}

impl Reader {
    /// Waits for the first byte of a response. The buffer for the rest is allocated then: a poll may wait for minutes.
    pub(super) async fn wait<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<(), TransportError> {
        if self.read.is_empty() {
            let mut first = [0];
            let read = self.check(stream.read(&mut first).await)?;
            self.read.extend_from_slice(&first[..read]);
        }
        Ok(())
    }

    /// Reads the head of the response, and skips those before it that only inform (1xx).
    pub(super) async fn read_final_head<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<Head, TransportError> {
        loop {
            let head = self.read_head(stream).await?;
            let informs = head.status.is_informational();
            if !informs || head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(head);
            }
        }
    }

    /// Reads a body, up to `limit` bytes.
    pub(super) async fn read_body<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        end: &End,
        limit: usize,
    ) -> Result<BytesMut, TransportError> {
        match *end {
            End::Length(length) if length > limit => Err(TransportError::TooLarge(limit)),
            End::Length(length) => {
                self.fill(stream, length).await?;
                Ok(self.read.split_to(length))
            }
            End::LastChunk => self.read_chunks(stream, limit).await,
            End::Close => {
                while self.read.len() <= limit {
                    if self.read_more(stream).await? == 0 {
                        return Ok(self.read.split());
                    }
                }
                Err(TransportError::TooLarge(limit))
            }
        }
    }

    async fn read_chunks<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        limit: usize,
    ) -> Result<BytesMut, TransportError> {
        let mut body = BytesMut::new();
        loop {
            let size = self.read_chunk_size(stream).await?;
            if size == 0 {
                self.skip_trailer(stream).await?;
                return Ok(body);
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > limit - body.len() {
                return Err(TransportError::TooLarge(limit));
            }
            self.fill(stream, size.saturating_add(2)).await?;
            body.extend_from_slice(&self.read.split_to(size));
            if self.read.split_to(2) != b"\r\n"[..] {
                return Err(self.no_response(NoResponse::NotHttp));
            }
        }
    }

    async fn read_chunk_size<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<u64, TransportError> {
        loop {
            match httparse::parse_chunk_size(&self.read) {
                Ok(httparse::Status::Complete((line, size))) => {
                    self.read.advance(line);
                    return Ok(size);
                }
                Ok(httparse::Status::Partial) if self.read.len() < SIZE_LINE => {
                    self.fill(stream, self.read.len() + 1).await?;
                }
                Ok(httparse::Status::Partial) | Err(_) => {
                    return Err(self.no_response(NoResponse::NotHttp));
                }
            }
        }
    }

    /// Skips the fields after the last chunk, which end with an empty line.
    async fn skip_trailer<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<(), TransportError> {
        loop {
            match trailer_size(&self.read).map_err(|why| self.no_response(why))? {
                Some(size) => {
                    self.read.advance(size);
                    return Ok(());
                }
                None if self.read.len() < HEAD_BYTES => {
                    self.fill(stream, self.read.len() + 1).await?;
                }
                None => return Err(self.no_response(NoResponse::HeadTooLarge)),
            }
        }
    }

    /// Reads until there are `count` bytes.
    async fn fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        count: usize,
    ) -> Result<(), TransportError> {
        while self.read.len() < count {
            // Not all of it at once: the server may name any length.
            self.read.reserve((count - self.read.len()).min(BLOCK));
            if self.read_more(stream).await? == 0 {
                return Err(self.no_response(NoResponse::Closed));
            }
        }
        Ok(())
    }
}

/// The size of the fields after the last chunk, with the empty line; `None` if it has not come.
fn trailer_size(read: &[u8]) -> Result<Option<usize>, NoResponse> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS];
    match httparse::parse_headers(read, &mut fields) {
        Ok(httparse::Status::Complete((size, _))) => Ok(Some(size)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(NoResponse::HeadTooLarge),
        Err(_) => Err(NoResponse::NotHttp),
    }
}

/// The elements of a list, which may be in several headers.
fn list(headers: &HeaderMap, name: header::HeaderName) -> impl DoubleEndedIterator<Item = &str> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    let all: Vec<&str> = values.into_iter().flat_map(tokens).collect();
    all.into_iter()
}

/// A length is digits alone: `+5` is none.
fn digits(text: &str) -> Result<usize, NoResponse> {
    let number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok());
    number.flatten().ok_or(NoResponse::NotHttp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Asked;

    const LIMIT: usize = 20;

    /// Reads a response that comes in two parts. Returns its body, whether the connection can be used again, and the rest.
    async fn read(parts: [&[u8]; 2]) -> Result<(Vec<u8>, bool, Vec<u8>), String> {
        let [first, second] = parts;
        let mut stream = AsyncReadExt::chain(first, second);
        let mut reader = Reader::new(Asked {
            secure: false,
            opens: false,
        });
        let outcome = async {
            reader.wait(&mut stream).await?;
            let head = reader.read_final_head(&mut stream).await?;
            let end = End::of(&head).map_err(|why| reader.no_response(why))?;
            let body = reader.read_body(&mut stream, &end, LIMIT).await?;
            Ok((body.to_vec(), persists(&head) && end != End::Close))
        };
        let outcome: Result<_, TransportError> = outcome.await;
        let (body, again) = outcome.map_err(|error| error.to_string())?;
        Ok((body, again, reader.read.to_vec()))
    }

    /// Reads a response, split at every byte, with the same outcome.
    async fn split_everywhere(response: &str) -> Result<(String, bool, usize), String> {
        let bytes = response.as_bytes();
        let whole = read([bytes, &[]]).await;
        for at in 0..bytes.len() {
            let (first, second) = bytes.split_at(at);
            let split = read([first, second]).await;
            let same = |outcome: &Result<(Vec<u8>, bool, Vec<u8>), String>| {
                outcome.clone().map(|(body, again, _)| (body, again))
            };
            assert_eq!(same(&split), same(&whole), "{response:?} at {at}");
        }
        let (body, again, rest) = whole?;
        Ok((String::from_utf8(body).unwrap(), again, rest.len()))
    }

    #[tokio::test]
    async fn a_body_ends_as_its_head_says() {
        for (response, body, again) in [
            ("1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true),
            (
                "1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nok",
                "ok",
                true,
            ),
            ("1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
            ("1.1 204 No Content\r\n\r\n", "", true),
            ("1.1 200 OK\r\n\r\nuntil the end", "until the end", false),
            (
                "1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n5\r\n",
                "5\r\n",
                false,
            ),
            (
                "1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\n\r\n",
                "hello world",
                true,
            ),
            (
                "1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\n!\r\n00\r\nX: y\r\n\r\n",
                "!",
                true,
            ),
            // A peer that knows one of them only would find another end.
            (
                "1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\n!\r\n0\r\n\r\n",
                "!",
                false,
            ),
            (
                "1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\n!",
                "!",
                false,
            ),
            ("1.0 200 OK\r\nContent-Length: 1\r\n\r\n!", "!", false),
            (
                "1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n!",
                "!",
                true,
            ),
            (
                "1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!",
                "!",
                true,
            ),
        ] {
            let outcome = split_everywhere(&format!("HTTP/{response}")).await;
            assert_eq!(outcome, Ok((body.to_owned(), again, 0)), "{response}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_a_rule_is_an_error() {
        for (response, why) in [
            ("Content-Length: 3\r\n\r\nok", "closed"),
            ("Content-Length: +2\r\n\r\nok", "not HTTP"),
            ("Content-Length: 2, 3\r\n\r\nok!", "not HTTP"),
            ("Content-Length: \r\n\r\n", "not HTTP"),
            (
                "Content-Length: 99999999999999999999999\r\n\r\n",
                "not HTTP",
            ),
            ("Content-Length: 21\r\n\r\n", "larger than 20"),
            ("\r\nand so on and so on and", "larger than 20"),
            ("Transfer-Encoding: chunked\r\n\r\n", "closed"),
            ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
            (
                "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
                "not HTTP",
            ),
            (
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
                "closed",
            ),
            (
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n: x\r\n\r\n",
                "not HTTP",
            ),
            ("Transfer-Encoding: chunked\r\n\r\n15\r\n", "larger than 20"),
            (
                "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\nd\r\n",
                "larger than 20",
            ),
            (
                "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                "larger than 20",
            ),
            (
                "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
                "not HTTP",
            ),
        ] {
            let outcome = split_everywhere(&format!("HTTP/1.1 200 OK\r\n{response}")).await;
            let error = outcome.expect_err(response);
            assert!(error.contains(why), "{response:?}: {error}");
        }
    }

    #[tokio::test]
    async fn lines_without_end_are_not_kept() {
        for (start, error) in [("", "not HTTP"), ("0\r\nX: ", "too large")] {
            let endless = "1".repeat(64 << 10);
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let response = format!("{head}{start};{endless}");
            let failed = read([response.as_bytes(), &[]]).await.unwrap_err();
            assert!(failed.contains(error), "{failed}");
        }
    }

    #[tokio::test]
    async fn bytes_behind_a_response_are_left() {
        let response = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!HTTP/1.1 200 OK\r\n";
        assert_eq!(
            split_everywhere(response).await,
            Ok(("!".to_owned(), true, 17))
        );
    }
}
