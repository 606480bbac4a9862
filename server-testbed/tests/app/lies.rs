//! Checks requests whose body is not what their head says.

use tidewire_testbed::{Config, Testbed, spawn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http;
use crate::poller;
use crate::raw::{BOTH, TIMEOUT};

/// Sends a request, ends the sending side, and returns everything that the server answers.
async fn send(testbed: &Testbed, request: &[u8]) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(testbed.address())
            .await
            .expect("a server");
        // The server may answer before it has read everything.
        let _ = stream.write_all(request).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        // It may reset the connection after its answer.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = tokio::time::timeout(TIMEOUT, exchange).await;
    answer.expect("the connection ends")
}

/// Heads and bodies that do not agree. The body begins as JSON that a route would take.
fn lies() -> Vec<(String, Vec<u8>)> {
    let body = br#"{"user":"ann"}"#;
    let chunked = "Transfer-Encoding: chunked";
    let head = |lines: &str| lines.to_owned();
    vec![
        (head("Content-Length: 1000"), body.to_vec()),
        (head("Content-Length: 18446744073709551615"), body.to_vec()),
        (
            head("Content-Length: 99999999999999999999999"),
            body.to_vec(),
        ),
        (head("Content-Length: -1"), body.to_vec()),
        (head("Content-Length: 0x0e"), body.to_vec()),
        (head("Content-Length: 14, 15"), body.to_vec()),
        (
            head("Content-Length: 14\r\nContent-Length: 15"),
            body.to_vec(),
        ),
        (head("Content-Length: 5"), body.to_vec()),
        (head(chunked), body.to_vec()),
        (head(chunked), b"fffffffffffffffff\r\n{}".to_vec()),
        (head(chunked), b"-1\r\n{}\r\n0\r\n\r\n".to_vec()),
        (head(chunked), b"5\r\n{}\r\n0\r\n\r\n".to_vec()),
        (head("Transfer-Encoding: gzip"), body.to_vec()),
        (head("Transfer-Encoding: chunked, gzip"), body.to_vec()),
    ]
}

#[tokio::test]
async fn a_body_that_lies_about_its_length_changes_nothing() {
    let config = Config {
        apps: [("shop".to_owned(), "key".to_owned())].into(),
        echo_clients: [("shop".to_owned(), "key".to_owned())].into(),
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let pollers = [
        poller::open(&testbed, BOTH[0]).await,
        poller::open(&testbed, BOTH[1]).await,
    ];
    let routes = [
        "/session",
        "/api/transportMessage",
        "/apps/shop/events?auth_key=key",
        &pollers[0].path,
        &pollers[1].path,
    ];
    for route in routes {
        for (lines, body) in lies() {
            let head = format!(
                "POST {route} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n{lines}\r\n\r\n"
            );
            let answer = send(&testbed, &[head.as_bytes(), &body].concat()).await;
            let is_refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
            assert!(is_refused, "{route} {lines}: {answer}");
        }
    }
    // The server refuses bodies above its limit without reading them to their end.
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let head = "POST /session HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
    let request = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{}",
        chunk.repeat(20)
    );
    let answer = send(&testbed, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(http::get(&testbed, "/health", "").await.status, 200);
}
