//! A look at the server by hand: the facts of its handshake, of which the client does not tell.

use std::time::Duration;

use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::target::Target;

/// Bytes of a response that are read.
const MOST_BYTES: u64 = 64 << 10;

/// The facts in a handshake of the server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The Engine.IO version in which the server answered: 3 or 4.
    pub engine_version: u8,
    /// The time between two heartbeats.
    pub ping_interval: Duration,
    /// The time in which a heartbeat must be answered.
    pub ping_timeout: Duration,
}

impl Facts {
    /// Asks for a handshake over polling, apart from all users, and closes the session again. `None` if the server refuses
    /// polling or this request.
    ///
    /// # Errors
    /// The text of the step that failed.
    pub async fn ask(target: &Target) -> Result<Option<Facts>, String> {
        let limit = target.connect_timeout;
        match timeout(limit, attempt(target)).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {limit:?}")),
        }
    }
}

async fn attempt(target: &Target) -> Result<Option<Facts>, String> {
    let mut stream = open(target).await?;
    let answer = exchange(&mut stream, &request(target, "GET", "", "")).await?;
    let Some(handshake) = Handshake::find(&answer) else {
        return Ok(None);
    };
    // A session that is left open counts as a client for as long as a heartbeat.
    if let Ok(mut stream) = open(target).await {
        let sid = format!("&sid={}", handshake.sid);
        let close = request(target, "POST", &sid, handshake.close_body());
        let _ = exchange(&mut stream, &close).await;
    }
    Ok(Some(handshake.facts()))
}

async fn open(target: &Target) -> Result<Box<dyn Stream>, String> {
    let host = host(target);
    let port = target.url().port_or_known_default().unwrap_or(80);
    let tcp = TcpStream::connect((host.as_str(), port))
        .await
        .map_err(|error| format!("cannot connect to {host}: {error}"))?;
    if !target.is_secure() {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
    let stream = TlsConnector::from(target.tls().clone())
        .connect(name, tcp)
        .await
        .map_err(|error| format!("TLS failed: {error}"))?;
    Ok(Box::new(stream))
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The host without the brackets of an IPv6 address.
fn host(target: &Target) -> String {
    let host = target.url().host_str().unwrap_or_default();
    host.trim_matches(['[', ']']).to_owned()
}

/// A request of HTTP 1.0: its response has no chunks and ends with the connection.
fn request(target: &Target, method: &str, more_query: &str, body: &str) -> String {
    let url = target.url();
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let mut head = format!(
        "{method} {}{more_query} HTTP/1.0\r\nHost: {host}{port}\r\nConnection: close\r\n",
        target.endpoint()
    );
    for (name, value) in target.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        let length = body.len();
        head.push_str(&format!(
            "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {length}\r\n"
        ));
    }
    format!("{head}\r\n{body}")
}

async fn exchange(stream: &mut Box<dyn Stream>, request: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the request failed: {error}");
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    let read = stream.take(MOST_BYTES).read_to_end(&mut answer).await;
    // Servers that end TLS without its close alert are common; the answer is what counts.
    match read {
        Err(error) if answer.is_empty() => Err(failed(error)),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handshake {
    sid: String,
    ping_interval: u64,
    ping_timeout: u64,
    /// Whether the packet has a length before it, as in Engine.IO 3.
    #[serde(skip)]
    is_third: bool,
}

impl Handshake {
    fn find(answer: &str) -> Option<Handshake> {
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let start = body.find("0{\"sid\"")?;
        let json = &body[start + 1..];
        let mut values = serde_json::Deserializer::from_str(json).into_iter::<Handshake>();
        let mut handshake = values.next()?.ok()?;
        handshake.is_third = body[..start].ends_with(':');
        Some(handshake)
    }

    fn facts(&self) -> Facts {
        Facts {
            engine_version: if self.is_third { 3 } else { 4 },
            ping_interval: Duration::from_millis(self.ping_interval),
            ping_timeout: Duration::from_millis(self.ping_timeout),
        }
    }

    fn close_body(&self) -> &'static str {
        if self.is_third { "1:1" } else { "1" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshakes_of_both_versions_are_found() {
        let json =
            r#"{"sid":"a","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;
        for (body, version) in [
            (format!("0{json}"), 4),
            (format!("85:0{json}2:40"), 3),
            (format!("4f\r\n0{json}\r\n0\r\n"), 4),
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{body}");
            let facts = Handshake::find(&answer).expect("a handshake").facts();
            assert_eq!(facts.engine_version, version, "{body}");
            assert_eq!(facts.ping_interval, Duration::from_secs(25));
        }
        for other in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n0{\"sid\"",
            "0{}",
        ] {
            assert!(Handshake::find(other).is_none(), "{other}");
        }
    }
}
