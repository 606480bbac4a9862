//! A tunnel through an HTTP proxy.

use std::net::IpAddr;

use tidewire_core::wire::base64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Credentials, Proxy};
use crate::error::TransportError;

/// The longest head of a proxy's response, in bytes.
const HEAD_LIMIT: usize = 8 << 10;

/// Asks an HTTP proxy for a tunnel. Source: RFC 9110, 9.3.6.
///
/// By hand, because hyper-util's `Tunnel` (0.1) accepts status 200 only, and hides the status of a refusal, which the user
/// needs to find out why.
pub(super) async fn connect(
    proxy: &Proxy,
    host: &str,
    port: u16,
    local: Option<IpAddr>,
) -> Result<TcpStream, TransportError> {
    let mut stream = proxy.open(local).await?;
    let response = async {
        stream
            .write_all(request(proxy, host, port).as_bytes())
            .await?;
        read_head(&mut stream).await
    };
    let head = response
        .await
        .map_err(|error| proxy.error(format_args!("the connection broke: {error}")))?;
    match head.as_deref().and_then(status) {
        Some(200..=299) => Ok(stream),
        Some(status) => Err(refused(proxy, status, host, port)),
        None => Err(proxy.error("it is not an HTTP proxy")),
    }
}

fn request(proxy: &Proxy, host: &str, port: u16) -> String {
    let mut text = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(basic) = proxy.authorization() {
        text.push_str(&format!("Proxy-Authorization: {basic}\r\n"));
    }
    text.push_str("\r\n");
    text
}

impl Proxy {
    /// The header `Proxy-Authorization`. Source: RFC 7617.
    pub(crate) fn authorization(&self) -> Option<String> {
        let Credentials { name, password } = self.credentials.as_ref()?;
        Some(format!(
            "Basic {}",
            in_base64(&format!("{name}:{password}"))
        ))
    }
}

fn refused(proxy: &Proxy, status: u16, host: &str, port: u16) -> TransportError {
    match status {
        407 => proxy.unauthorized("it refused with status 407"),
        _ => proxy.error(format_args!(
            "it refused to connect to {host}:{port}, with status {status}"
        )),
    }
}

fn in_base64(text: &str) -> String {
    let mut encoded = String::new();
    base64::encode(text.as_bytes(), |four| encoded.extend(four.map(char::from)));
    encoded
}

/// Reads the head of a response; `None` if it is too long, or does not end.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Byte by byte, because bytes after the head belong to the tunnel. This happens once per connection.
        match stream.read_u8().await {
            Ok(byte) if head.len() < HEAD_LIMIT => head.push(byte),
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(head))
}

/// The status of a response: `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    let digits = std::str::from_utf8(line.get(2..5)?).ok()?;
    let ends = matches!(line.get(5), Some(b' ' | b'\r'));
    digits.parse().ok().filter(|_| ends && line[1] == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_server_and_has_credentials() {
        let connect = |text: &str| request(&Proxy::parse(text).unwrap(), "[::1]", 443);
        assert_eq!(
            connect("http://x"),
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"
        );
        // RFC 7617's own example.
        let open = connect("http://Aladdin:open%20sesame@x");
        assert!(open.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    }

    #[test]
    fn only_an_http_response_has_a_status() {
        assert_eq!(
            status(b"HTTP/1.1 200 Connection established\r\n\r\n"),
            Some(200)
        );
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for head in [
            "",
            "HTTP/1.",
            "HTTP/1.1",
            "HTTP/2 200 x",
            "HTTP/1.1 2000 x",
            "HTTP/1.1 20",
            "HTTP/1.1  20 x",
            "SSH-2.0-x",
        ] {
            assert_eq!(status(head.as_bytes()), None, "{head}");
        }
    }
}
