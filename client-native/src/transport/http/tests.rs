//! Requests to a server that gives every request the same response.

use std::sync::atomic::{AtomicUsize, Ordering};

use tidewire_core::{EngineVersion, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// The largest body that the client takes, in bytes.
const LIMIT: usize = 20;

/// A server that responds with `response` to each request, and closes the connection if `closes`.
struct Responder {
    connector: Arc<Connector>,
    /// The connections that it has accepted.
    accepted: Arc<AtomicUsize>,
}

impl Responder {
    async fn start(response: String, closes: bool) -> Responder {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, response.clone(), closes));
            }
        });
        let connector = Connector::direct(&url, LIMIT);
        Responder {
            connector: Arc::new(connector),
            accepted,
        }
    }

    async fn get(&self) -> Result<Vec<u8>, String> {
        let target = Target {
            transport: Transport::Polling,
            engine_version: EngineVersion::Eio4,
            body_version: None,
            sid: Some("sid".into()),
        };
        let got = self.connector.clone().get(target, Duration::ZERO).await;
        got.map(|body| body.bytes.to_vec())
            .map_err(|error| error.to_string())
    }
}

async fn serve(mut stream: TcpStream, response: String, closes: bool) {
    stream.set_nodelay(true).unwrap();
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            // Byte by byte, as a slow network.
            for byte in response.bytes() {
                if stream.write_u8(byte).await.is_err() {
                    return;
                }
            }
            if closes {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_response_is_read_to_its_end_and_its_connection_used_again_if_that_stays_open() {
    for (response, body, connections) in [
        ("1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", 1),
        ("1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1),
        ("1.1 204 No Content\r\n\r\n", "", 1),
        (
            "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\nX: y\r\n\r\n",
            "hello world",
            1,
        ),
        (
            "1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!",
            "!",
            1,
        ),
        (
            "1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n!",
            "!",
            1,
        ),
        ("1.0 200 OK\r\nContent-Length: 1\r\n\r\n!", "!", 2),
        (
            "1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\n!",
            "!",
            2,
        ),
    ] {
        let server = Responder::start(format!("HTTP/{response}"), false).await;
        for _ in 0..2 {
            assert_eq!(server.get().await, Ok(body.into()), "{response}");
        }
        let accepted = server.accepted.load(Ordering::Relaxed);
        assert_eq!(accepted, connections, "{response}");
    }
}

#[tokio::test]
async fn a_response_may_end_with_its_connection() {
    let response = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    let server = Responder::start(response.to_owned(), true).await;
    for _ in 0..2 {
        assert_eq!(server.get().await, Ok("until the end".into()));
    }
}

// Such bytes would be taken for the response to the next request.
#[tokio::test]
async fn a_connection_with_bytes_behind_a_response_is_not_used_again() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!HTTP/1.1 200 OK\r\n";
    let server = Responder::start(response.to_owned(), true).await;
    for _ in 0..2 {
        assert_eq!(server.get().await, Ok("!".into()));
    }
    assert_eq!(server.accepted.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_breaks_a_rule_is_an_error() {
    for (response, why) in [
        ("Content-Length: 3\r\n\r\nok", "closed the connection"),
        ("Content-Length: +2\r\n\r\nok", "not HTTP"),
        ("Content-Length: 2, 3\r\n\r\nok!", "not HTTP"),
        ("Content-Length: 21\r\n\r\n", "larger than 20"),
        (
            "Content-Length: 9223372036854775807\r\n\r\n",
            "larger than 20",
        ),
        ("\r\nand so on and so on and", "larger than 20"),
        (
            "Transfer-Encoding: chunked\r\n\r\n",
            "closed the connection",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab",
            "closed the connection",
        ),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (
            "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            "not HTTP",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
            "not HTTP",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\nd\r\n1234567890123\r\n0\r\n\r\n",
            "larger than 20",
        ),
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{response}");
        let server = Responder::start(response.clone(), true).await;
        let error = server.get().await.expect_err(&response);
        assert!(error.contains(why), "{response:?}: {error}");
    }
}

#[tokio::test]
async fn lines_without_end_are_not_kept() {
    let endless = "1".repeat(64 << 10);
    for start in ["1;", "0\r\nX: "] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let server = Responder::start(format!("{head}{start}{endless}"), true).await;
        let error = server.get().await.unwrap_err();
        assert!(error.contains("not HTTP"), "{error}");
    }
}
