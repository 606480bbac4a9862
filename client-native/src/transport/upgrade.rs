//! The handshake of a WebSocket: the HTTP request, and the response that accepts or refuses it. Source: RFC 6455, 4.1.
//!
//! By hand, because tungstenite says too little of a refusal: it drops the body, knows no redirect, and accepts an extension that
//! the client has not asked for.

use ::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tungstenite::handshake::client::generate_request;
use tungstenite::handshake::derive_accept_key;

use super::cookies::Cookies;
use super::deflate::{Deflate, Offer};
use super::response::{Reader, has_token, tokens};
use crate::error::{Asked, TransportError};

/// A stream that the server has accepted as a WebSocket.
pub(super) struct Upgraded {
    /// The bytes that were read behind the response.
    pub(super) read: Bytes,
    /// The compression that the server turns on.
    pub(super) deflate: Option<Deflate>,
}

/// Sends the request and reads the response.
pub(super) async fn upgrade<S>(
    stream: &mut S,
    request: Request<()>,
    cookies: &Cookies,
    offer: &Offer,
    asked: Asked,
) -> Result<Upgraded, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let protocols = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    let protocols = protocols.cloned();
    let (bytes, key) =
        generate_request(request).map_err(|error| TransportError::WebSocket(error.to_string()))?;
    let mut reader = Reader::new(asked);
    reader.check(stream.write_all(&bytes).await)?;
    reader.check(stream.flush().await)?;
    let head = reader.read_head(stream).await?;
    cookies.store(&head.headers);
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(reader.refusal(stream, &head).await);
    }
    let accept = derive_accept_key(key.as_bytes());
    let deflate = verify(&head.headers, &accept, protocols)
        .and_then(|()| accepted_extension(&head.headers, offer))
        .map_err(TransportError::WebSocket)?;
    if asked.opens {
        reader.expect_frame(stream).await?;
    }
    Ok(Upgraded {
        read: Bytes::copy_from_slice(&reader.read),
        deflate,
    })
}

impl Reader {
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

/// The compression that the server turns on, if it does. The error says which rule its answer breaks.
fn accepted_extension(headers: &HeaderMap, offer: &Offer) -> Result<Option<Deflate>, String> {
    let extensions = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    let named: Vec<_> = extensions
        .filter(|value| !is_empty_list(value))
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    if named.is_empty() {
        return Ok(None);
    }
    offer.accept(named.join(", ").trim()).map(Some)
}

/// Whether a header names nothing: a list may have empty elements (RFC 9110, 5.6.1).
fn is_empty_list(value: &HeaderValue) -> bool {
    let empty = |&byte: &u8| matches!(byte, b',' | b' ' | b'\t');
    value.as_bytes().iter().all(empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verifies these lines of a response.
    fn verified(lines: &str, protocols: Option<&str>) -> Result<(), String> {
        let text = format!("HTTP/1.1 101 OK\r\n{lines}\r\n\r\n");
        let (head, _) = crate::transport::response::parse(text.as_bytes())
            .ok()
            .flatten()
            .unwrap();
        let protocols = protocols.map(|protocols| HeaderValue::from_str(protocols).unwrap());
        verify(&head.headers, "key", protocols)?;
        accepted_extension(&head.headers, &Offer::default()).map(drop)
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
