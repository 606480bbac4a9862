//! Servers that leave HTTP requests unanswered: a limit on each of them, if the application wants one.

use std::time::Duration;

use tidewire::{Builder, ConnectError, Event, OpenError, Reason, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{guarded, next_change, next_named, run};

/// Longer than the test's own answers take on any machine; nothing waits for it but what must.
const LIMIT: Duration = Duration::from_secs(1);

fn polling(server: &Scripted) -> Builder {
    server.client("/").transports([Transport::Polling])
}

/// Reads a request with its body; gives its method and its connection.
async fn request(server: &Scripted) -> (String, TcpStream) {
    let (mut stream, head) = server.request().await;
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    guarded(stream.read_exact(&mut body)).await.unwrap();
    (head.split(' ').next().unwrap().to_owned(), stream)
}

/// Answers, so that the next request comes by a connection of its own.
async fn answer(mut stream: TcpStream, body: &str) {
    let length = body.len();
    let reply =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(reply.as_bytes()).await.unwrap();
}

/// The next two requests, a GET and a POST in whatever order.
async fn get_and_post(server: &Scripted) -> (TcpStream, TcpStream) {
    let (first, second) = (request(server).await, request(server).await);
    let (get, post) = if first.0 == "GET" {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!((get.0.as_str(), post.0.as_str()), ("GET", "POST"));
    (get.1, post.1)
}

/// Lets the next client in; gives the poll that then waits.
async fn let_in(server: &Scripted, handshake: &str) -> TcpStream {
    let (method, stream) = request(server).await;
    assert_eq!(method, "GET");
    answer(stream, handshake).await;
    let (get, post) = get_and_post(server).await;
    answer(post, "ok").await;
    answer(get, r#"40{"sid":"socket"}"#).await;
    let (method, poll) = request(server).await;
    assert_eq!(method, "GET");
    poll
}

#[test]
fn a_handshake_that_is_not_answered_is_told() {
    run(async {
        let server = Scripted::start().await;
        let brief = polling(&server).request_timeout(Duration::from_millis(50));
        let (outcome, _silent) = tokio::join!(brief.connect(), request(&server));
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable(TransportError::RequestTimeout))
            ),
            "{outcome:?}"
        );
        // Without it, the connection's own limit holds.
        let patient = polling(&server).connect_timeout(Duration::from_millis(50));
        let (outcome, _silent) = tokio::join!(patient.connect(), request(&server));
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable(TransportError::Handshake(
                    OpenError::Timeout
                )))
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn an_answer_that_does_not_end_is_told() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(Duration::from_millis(200));
        let (outcome, _stream) = tokio::join!(client.connect(), async {
            let (_, mut stream) = request(&server).await;
            let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0{";
            stream.write_all(reply).await.unwrap();
            stream
        });
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable(TransportError::RequestTimeout))
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_post_that_is_not_answered_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT);
        let (outcome, _silent) = tokio::join!(client.connect(), async {
            let (_, stream) = request(&server).await;
            answer(stream, HANDSHAKE).await;
            get_and_post(&server).await
        });
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable(TransportError::RequestTimeout))
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_poll_may_be_held_until_the_server_has_to_ping() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let (outcome, poll) = tokio::join!(socket.connect(), let_in(&server, HANDSHAKE));
        outcome.unwrap();
        let connected = next_change(&mut events).await;
        assert!(matches!(connected, Event::Connected(_)), "{connected:?}");
        // An absence: the limit passes, and the connection is still there.
        let nothing = tokio::time::timeout(LIMIT + LIMIT / 2, events.next()).await;
        assert!(nothing.is_err(), "{nothing:?}");
        answer(poll, r#"42["late"]"#).await;
        next_named(&mut events, "late").await;
    });
}

#[test]
fn a_poll_that_is_held_for_longer_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        // The heartbeat alone would wait for a minute.
        let handshake = HANDSHAKE.replace("25000", "100").replace("20000", "60000");
        let (outcome, _silent) = tokio::join!(socket.connect(), let_in(&server, &handshake));
        outcome.unwrap();
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
        let change = next_change(&mut events).await;
        assert!(
            matches!(change, Event::Disconnected(Reason::TransportError)),
            "{change:?}"
        );
        // It comes back.
        let _poll = let_in(&server, HANDSHAKE).await;
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
    });
}
