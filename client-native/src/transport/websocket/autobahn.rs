//! The Autobahn test suite (`autobahntestsuite` on PyPI, for Python 2.7), whose fuzzing server judges our frames.
//!
//! Start it as `wstest -m fuzzingserver`, then run `cargo test -p tidewire --lib --features deflate autobahn -- --ignored`. Without
//! that feature, exclude the cases 12 and 13 (compression).

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::transport::deflate::Offer;

/// Where the suite listens unless told otherwise.
const ADDRESS: &str = "127.0.0.1:9001";

/// The bytes of the longest message. The suite sends 16 MiB.
const LIMIT: usize = 32 << 20;

/// Everything that can be compressed is.
#[cfg(feature = "deflate")]
fn offer() -> Offer {
    use crate::transport::deflate::PerMessageDeflate;
    Offer::new(PerMessageDeflate::new().threshold(0))
}

#[cfg(not(feature = "deflate"))]
fn offer() -> Offer {
    Offer::default()
}

async fn open(path: &str) -> WebSocketIo<TcpStream> {
    let offer = offer();
    let extensions = offer.header().map_or_else(String::new, |offer| {
        format!("Sec-WebSocket-Extensions: {}\r\n", offer.to_str().unwrap())
    });
    let mut stream = TcpStream::connect(ADDRESS).await.expect("the suite runs");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extensions}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    loop {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
        if let Some(head) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            let frames = read.split_off(head + 4);
            let answer = String::from_utf8(read).unwrap();
            let extensions = answer.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("sec-websocket-extensions")
                    .then_some(value)
            });
            let deflate = extensions.map(|extensions| offer.accept(extensions).unwrap());
            return WebSocketIo::new(stream, frames.into(), LIMIT).with_deflate(deflate);
        }
    }
}

/// Echoes each message until the end. Returns the last text.
async fn echo(path: &str) -> String {
    let mut io = open(path).await;
    let mut last = String::new();
    loop {
        let received = std::future::poll_fn(|cx| {
            let received = io.poll_receive(cx);
            // The next read notices an error.
            let _ = io.poll_write(cx);
            received
        });
        match received.await {
            Received::Text(text) => {
                let content = text.as_str().as_bytes();
                push(
                    &mut io.writer,
                    io.deflate.as_deref_mut(),
                    head::TEXT,
                    [content, b""],
                );
                text.as_str().clone_into(&mut last);
            }
            Received::Binary(bytes) => {
                let deflate = io.deflate.as_deref_mut();
                push(&mut io.writer, deflate, head::BINARY, [&bytes, b""]);
            }
            Received::Closed(..) | Received::Broken(_) => return last,
        }
    }
}

#[tokio::test]
#[ignore = "needs the Autobahn test suite"]
async fn the_autobahn_test_suite_finds_no_fault() {
    let cases: usize = echo("/getCaseCount").await.parse().unwrap();
    assert!(cases > 0);
    let mut faults = Vec::new();
    for case in 1..=cases {
        echo(&format!("/runCase?case={case}&agent=tidewire")).await;
        let verdict = echo(&format!("/getCaseStatus?case={case}&agent=tidewire")).await;
        // Not strict: text that is no UTF-8 is refused at the end of its frame.
        let passed = ["OK", "NON-STRICT", "INFORMATIONAL"]
            .iter()
            .any(|passed| verdict.contains(&format!("\"{passed}\"")));
        if !passed {
            faults.push((case, verdict));
        }
    }
    echo("/updateReports?agent=tidewire").await;
    assert!(faults.is_empty(), "{faults:?}");
}
