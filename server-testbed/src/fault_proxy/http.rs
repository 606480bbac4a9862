//! Whole HTTP messages as they are on the wire.

use std::io;

use tokio::io::AsyncBufReadExt;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::TcpStream;

/// Bytes of one message; a larger one ends its connection.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// A request or an answer.
pub(super) struct Message {
    /// Head and body.
    pub(super) bytes: Vec<u8>,
    /// The first line in three parts.
    first_line: [String; 3],
    head: String,
}

impl Message {
    /// Reads the next message. Returns `None` at the end of the stream. `has_body` is `false` for the answer to HEAD.
    pub(super) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            if bytes.len() > MOST_HEAD_BYTES {
                return Err(invalid("a head that is too long"));
            }
            if stream.read_until(b'\n', &mut bytes).await? == 0 {
                return match bytes.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let line = head.lines().next().unwrap_or_default();
        let mut parts = line.splitn(3, ' ').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let first_line = [part(), part(), part()];
        let mut message = Self {
            bytes,
            first_line,
            head,
        };
        message.read_body(stream).await?;
        Ok(Some(message))
    }

    pub(super) fn method(&self) -> &str {
        &self.first_line[0]
    }

    pub(super) fn target(&self) -> &str {
        &self.first_line[1]
    }

    /// Returns one value of the query.
    pub(super) fn query(&self, key: &str) -> Option<&str> {
        let (_, query) = self.target().split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    pub(super) fn is_upgrade(&self) -> bool {
        let is = |value: &str| value.eq_ignore_ascii_case("websocket");
        self.header("upgrade").is_some_and(is)
    }

    /// Returns whether an answer changes the protocol.
    pub(super) fn is_switch(&self) -> bool {
        self.first_line[1] == "101"
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    async fn read_body(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        let is_chunked = self
            .header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        if is_chunked {
            return self.read_chunks(stream).await;
        }
        if let Some(length) = self.header("content-length") {
            let length: usize = length
                .parse()
                .map_err(|_| invalid("a length that is none"))?;
            return self.read_more(stream, length).await;
        }
        let is_answer = self.method().starts_with("HTTP/");
        let has_no_body = ["101", "204", "304"].contains(&self.target());
        if is_answer && !has_no_body {
            let mut rest = stream.take(MOST_BYTES as u64);
            rest.read_to_end(&mut self.bytes).await?;
        }
        Ok(())
    }

    async fn read_chunks(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        loop {
            let mut line = String::new();
            let mut limited = stream.take(1024);
            limited.read_line(&mut line).await?;
            self.bytes.extend(line.as_bytes());
            let digits = line.trim().split(';').next().unwrap_or_default();
            let size =
                usize::from_str_radix(digits, 16).map_err(|_| invalid("a chunk without a size"))?;
            let end = size
                .checked_add(2)
                .ok_or_else(|| invalid("a chunk that is too long"))?;
            self.read_more(stream, end).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn read_more(
        &mut self,
        stream: &mut BufReader<TcpStream>,
        length: usize,
    ) -> io::Result<()> {
        let before = self.bytes.len();
        let after = before
            .checked_add(length)
            .filter(|after| *after <= MOST_BYTES);
        let after = after.ok_or_else(|| invalid("a message that is too long"))?;
        self.bytes.resize(after, 0);
        stream.read_exact(&mut self.bytes[before..]).await?;
        Ok(())
    }
}

/// Makes an answer of the proxy itself, after which the connection ends.
pub(super) fn answer(status: u16, content_type: &str, extra: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Access-Control-Allow-Origin: *\r\n{extra}Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
