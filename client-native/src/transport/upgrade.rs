//! The HTTP upgrade of a WebSocket, with a read buffer of the configured size.
//!
//! tungstenite reads the response into a buffer of 4 KiB and gives that to its WebSocket, whatever the settings say. It is the largest
//! part of an idle connection. This stream holds the bytes behind the response's head back, so that the WebSocket can be created
//! anew. It can go when tungstenite lets the caller choose the size.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::{HeaderMap, Request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Performs the upgrade. Returns the WebSocket, with a read buffer of the size in `config`, and the headers of the response.
pub(super) async fn upgrade<S>(
    request: Request<()>,
    stream: S,
    config: WebSocketConfig,
) -> Result<(WebSocketStream<S>, HeaderMap), WsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let upgrading = Upgrading {
        stream,
        head: Head::default(),
        behind: None,
    };
    let (socket, response) = client_async_with_config(request, upgrading, Some(config)).await?;
    let Upgrading { stream, behind, .. } = socket.into_inner();
    // tungstenite has seen the end of the head, so this stream has, too. Otherwise bytes would be lost.
    let behind = behind.ok_or(WsError::Protocol(ProtocolError::HandshakeIncomplete))?;
    // A new WebSocket allocates the configured size.
    let mut buffer = Vec::with_capacity(config.read_buffer_size.max(behind.len()));
    buffer.extend_from_slice(&behind);
    let socket =
        WebSocketStream::from_partially_read(stream, buffer, Role::Client, Some(config)).await;
    Ok((socket, response.into_parts().0.headers))
}

/// A stream that stops at the end of the response's head.
struct Upgrading<S> {
    stream: S,
    head: Head,
    /// The bytes behind the head: at most one read, because it stops then.
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

/// Searches for the empty line at the end of a response's head. Passes a response that is not an upgrade on whole, because its
/// body says why.
#[derive(Default)]
struct Head {
    /// The bytes of the status line so far.
    seen: usize,
    is_refusal: bool,
    line: Line,
}

/// The part of an empty line seen so far. `\r` may be missing, as in the HTTP parser.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Begun,
    Fresh,
    FreshWithReturn,
}

/// The position of the status in `HTTP/1.1 101`, and the expected one.
const STATUS: usize = 9;
const SWITCHING: &[u8; 3] = b"101";

impl Head {
    /// The number of these bytes that belong to the head, if it ends in them.
    fn end(&mut self, read: &[u8]) -> Option<usize> {
        let last = read.iter().position(|&byte| self.ends_with(byte));
        last.map(|last| last + 1)
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        let is_line_end = matches!(byte, b'\r' | b'\n');
        if self.seen == 0 && is_line_end {
            // Empty lines before the head do not count.
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

    /// The position of the head's end, if the text is read in pieces of every size.
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
    fn a_response_that_is_not_an_upgrade_passes_whole() {
        ends_at("HTTP/1.1 400 Bad Request\r\n\r\nwhy\r\n\r\n", None);
        ends_at("HTTP/1.1 111 Odd\r\n\r\n", None);
    }
}
