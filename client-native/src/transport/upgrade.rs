//! The HTTP upgrade, after which a connection keeps a read buffer of its own size.
//!
//! tungstenite gives its WebSocket the buffer it has read the answer into, 4 KiB, whatever its settings say: the largest part of an
//! idle connection. Here what comes behind the answer's head is kept back, so that the WebSocket can be made from it anew.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Request;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// PendingAcks for the upgrade; the WebSocket has a read buffer of the size that `config` says.
pub(super) async fn upgrade<S>(
    request: Request<()>,
    stream: S,
    config: WebSocketConfig,
) -> Result<WebSocketStream<S>, WsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let upgrading = Upgrading {
        stream,
        head: Head::default(),
        behind: None,
    };
    let (socket, _) = client_async_with_config(request, upgrading, Some(config)).await?;
    let Upgrading { stream, behind, .. } = socket.into_inner();
    // tungstenite has seen the end of the head, so we have too; if not, bytes would be lost without a word.
    let behind = behind.ok_or(WsError::Protocol(ProtocolError::HandshakeIncomplete))?;
    // A buffer that grows again takes the size it once was made with.
    let mut buffer = Vec::with_capacity(config.read_buffer_size.max(behind.len()));
    buffer.extend_from_slice(&behind);
    Ok(WebSocketStream::from_partially_read(stream, buffer, Role::Client, Some(config)).await)
}

/// A stream until its upgrade.
struct Upgrading<S> {
    stream: S,
    head: Head,
    /// What came behind the head, once that was read: at most one read's worth, for then nothing more is read.
    behind: Option<Vec<u8>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Upgrading<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        if let Some(end) = this.head.end(&buf.filled()[before..]) {
            this.behind = Some(buf.filled()[before + end..].to_vec());
            buf.set_filled(before + end);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Upgrading<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Looks for the end of an answer's head: an empty line. An answer that is no upgrade is let through whole, for its body says why.
#[derive(Default)]
struct Head {
    /// Bytes of the status line so far, as far as they matter.
    seen: usize,
    is_refusal: bool,
    line: Line,
}

/// How much of an empty line there is. As the HTTP parser has it, `\r` may be missing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Begun,
    Fresh,
    FreshWithReturn,
}

/// Where the status stands in `HTTP/1.1 101`, and the one we hope for.
const STATUS: usize = 9;
const SWITCHING: &[u8; 3] = b"101";

impl Head {
    /// How many of these bytes belong to the head, if it ends in them.
    fn end(&mut self, read: &[u8]) -> Option<usize> {
        let last = read.iter().position(|&byte| self.ends_with(byte));
        last.map(|last| last + 1)
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        let is_line_end = matches!(byte, b'\r' | b'\n');
        if self.seen == 0 && is_line_end {
            // Empty lines before the head are none of it.
            return false;
        }
        self.look_at_status(byte);
        let (line, is_end) = match (self.line, byte) {
            (Line::Begun, b'\n') => (Line::Fresh, false),
            (Line::Fresh, b'\r') => (Line::FreshWithReturn, false),
            (Line::Fresh | Line::FreshWithReturn, b'\n') => (Line::Begun, true),
            _ => (Line::Begun, false),
        };
        self.line = line;
        is_end && !self.is_refusal
    }

    fn look_at_status(&mut self, byte: u8) {
        let digit = self.seen.checked_sub(STATUS);
        if let Some(wanted) = digit.and_then(|digit| SWITCHING.get(digit)) {
            self.is_refusal |= byte != *wanted;
        }
        self.seen = self.seen.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    /// Where the head ends, read in pieces of every size.
    fn end(answer: &str) -> Vec<Option<usize>> {
        let ends = (1..=answer.len()).map(|size| {
            let mut head = Head::default();
            let mut pieces = answer.as_bytes().chunks(size).enumerate();
            pieces.find_map(|(at, piece)| Some(at * size + head.end(piece)?))
        });
        ends.collect()
    }

    fn ends_at(answer: &str, expected: Option<usize>) {
        let ends = end(answer);
        assert!(ends.iter().all(|end| *end == expected), "{ends:?}");
    }

    #[test]
    fn a_head_ends_with_an_empty_line_however_it_is_cut() {
        ends_at(&format!("{ANSWER}\x01\x02\r\n\r\n"), Some(ANSWER.len()));
        ends_at(ANSWER, Some(ANSWER.len()));
        ends_at(&ANSWER[..ANSWER.len() - 1], None);
    }

    #[test]
    fn lines_may_end_without_a_return_and_begin_with_empty_ones() {
        let bare = ANSWER.replace('\r', "");
        ends_at(&format!("{bare}x"), Some(bare.len()));
        ends_at(&format!("\r\n{ANSWER}x"), Some(ANSWER.len() + 2));
    }

    #[test]
    fn an_answer_that_is_no_upgrade_is_let_through() {
        ends_at("HTTP/1.1 400 Bad Request\r\n\r\nwhy\r\n\r\n", None);
        ends_at("HTTP/1.1 111 Odd\r\n\r\n", None);
    }
}
