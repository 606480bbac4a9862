//! Servers that do not respond to HTTP requests: `request_timeout` limits each of them.

use std::future::pending;
use std::time::Duration;

use tidewire::{
    Builder, ConnectError, Event, Events, OpenError, Reason, Socket, Transport, TransportError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::clock::elapses;
use crate::support::events::{expect_connected, expect_disconnected, next_named};
use crate::support::polled::{Request, accept_namespace};
use crate::support::scripted::{HANDSHAKE, Scripted, handshake, read_head};
use crate::support::{guarded, run, run_on_one_thread};

/// Longer than a response of the test takes on any machine.
const LIMIT: Duration = Duration::from_secs(1);

fn polling(server: &Scripted) -> Builder {
    server.client("/").transports([Transport::Polling])
}

fn expect_request_timeout(outcome: &Result<Socket, ConnectError>) {
    assert!(
        matches!(
            outcome,
            Err(ConnectError::Unreachable {
                source: TransportError::RequestTimeout,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[test]
fn a_handshake_without_response_is_a_request_timeout() {
    run(async {
        let server = Scripted::start().await;
        let brief = polling(&server).request_timeout(Duration::from_millis(50));
        let (outcome, _unanswered) = tokio::join!(brief.connect(), Request::next(&server));
        expect_request_timeout(&outcome);
        // Without it, the connect timeout holds.
        let unlimited = polling(&server).connect_timeout(Duration::from_millis(50));
        let (outcome, _unanswered) = tokio::join!(unlimited.connect(), Request::next(&server));
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable {
                    source: TransportError::Handshake(OpenError::Timeout),
                    ..
                })
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_response_that_does_not_end_is_a_request_timeout() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(Duration::from_millis(200));
        let (outcome, _stream) = tokio::join!(client.connect(), async {
            let mut stream = Request::next(&server).await.stream;
            let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0{";
            stream.write_all(reply).await.unwrap();
            stream
        });
        expect_request_timeout(&outcome);
    });
}

#[test]
fn a_post_without_response_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT);
        let (outcome, _unanswered) = tokio::join!(client.connect(), async {
            Request::next(&server).await.respond(HANDSHAKE).await;
            Request::get_and_post(&server).await
        });
        expect_request_timeout(&outcome);
    });
}

#[test]
fn a_poll_may_wait_until_the_next_ping_is_due() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let (outcome, poll) = tokio::join!(socket.connect(), accept_namespace(&server, HANDSHAKE));
        outcome.unwrap();
        expect_connected(&mut events).await;
        // The limit passes, and the connection is still there.
        let change = elapses(LIMIT + LIMIT / 2, events.next()).await;
        assert!(change.is_none(), "{change:?}");
        poll.respond(r#"42["late"]"#).await;
        next_named(&mut events, "late").await;
    });
}

#[test]
fn a_poll_that_waits_longer_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        // The heartbeat would end the connection only after a minute.
        let handshake = handshake(100, 60_000);
        let (outcome, _unanswered) =
            tokio::join!(socket.connect(), accept_namespace(&server, &handshake));
        outcome.unwrap();
        expect_connected(&mut events).await;
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::TransportError
        );
        // The client reconnects.
        let _poll = accept_namespace(&server, HANDSHAKE).await;
        expect_connected(&mut events).await;
    });
}

/// Reads a request from a connection that stays open; returns its head and body.
async fn read_request(stream: &mut TcpStream) -> (String, String) {
    let head = read_head(stream).await;
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    guarded(stream.read_exact(&mut body)).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

async fn respond(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await.unwrap();
}

/// Puts the connection with the next request in front, and reads that.
async fn next_of(streams: &mut [TcpStream; 2]) -> (String, String) {
    let [first, second] = &*streams;
    let (mut one, mut other) = ([0], [0]);
    let is_second = tokio::select! {
        peeked = first.peek(&mut one) => peeked.map(|_| false),
        peeked = second.peek(&mut other) => peeked.map(|_| true),
    };
    if is_second.unwrap() {
        streams.swap(0, 1);
    }
    read_request(&mut streams[0]).await
}

/// Connects, and leaves both connections of the client open: that of the POST, whose response has come, and that of the next poll.
async fn connected(server: &Scripted, builder: Builder) -> (Socket, Events, [TcpStream; 2]) {
    let socket = builder.build().unwrap().socket();
    let mut events = socket.events();
    socket.start();
    let mut first = server.accept_tcp().await;
    read_request(&mut first).await;
    respond(&mut first, HANDSHAKE).await;
    let mut streams = [server.accept_tcp().await, first];
    // A poll, and the POST of CONNECT.
    let (head, _) = read_request(&mut streams[0]).await;
    read_request(&mut streams[1]).await;
    if head.starts_with("GET") {
        streams.swap(0, 1);
    }
    respond(&mut streams[0], "ok").await;
    respond(&mut streams[1], r#"40{"sid":"s"}"#).await;
    expect_connected(&mut events).await;
    let (head, _) = next_of(&mut streams).await;
    assert!(head.starts_with("GET"), "{head}");
    streams.swap(0, 1);
    (socket, events, streams)
}

// The server may have handled it: another one would bring the events twice, or lose those of a poll.
#[test]
fn a_request_on_a_reused_connection_that_breaks_is_not_sent_again() {
    for breaks in ["POST", "GET"] {
        run(async {
            let server = Scripted::start().await;
            let (socket, mut events, mut streams) = connected(&server, polling(&server)).await;
            socket.emit("once", ()).await.unwrap();
            let (head, body) = read_request(&mut streams[0]).await;
            assert!(
                head.starts_with("POST") && body == r#"42["once"]"#,
                "{head}"
            );
            let [post, poll] = streams;
            drop(if breaks == "POST" { post } else { poll });
            assert_eq!(
                expect_disconnected(&mut events).await,
                Reason::TransportError
            );
            // A handshake follows, and no request of the session.
            let (_, head) = server.accept_request().await;
            assert!(head.starts_with("GET") && !head.contains("sid="), "{head}");
        });
    }
}

#[test]
fn a_connection_that_the_server_has_closed_is_not_used_again() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, _events, streams) = connected(&server, polling(&server)).await;
        let [post, _poll] = streams;
        drop(post);
        // Until the client's runtime knows of it; the client itself would close it only after seconds.
        let span = Duration::from_millis(100);
        assert!(elapses(span, pending::<()>()).await.is_none());
        socket.emit("once", ()).await.unwrap();
        let mut post = server.accept_tcp().await;
        let (head, body) = read_request(&mut post).await;
        assert!(
            head.starts_with("POST") && body == r#"42["once"]"#,
            "{head}"
        );
    });
}

// Node closes it after 5 s, and may do so while the next POST is on its way.
#[test]
fn only_the_connection_of_the_poll_stays_open_in_a_pause() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, _events, mut streams) = connected(&server, polling(&server)).await;
        let [post, poll] = &mut streams;
        let end = elapses(Duration::from_secs(5), post.read(&mut [0])).await;
        assert_eq!(end.expect("it closes").unwrap(), 0);
        let pause = Duration::from_secs(15);
        assert!(elapses(pause, poll.read(&mut [0])).await.is_none());
        // The next POST has a new one.
        socket.emit("later", ()).await.unwrap();
        let (_, body) = read_request(&mut server.accept_tcp().await).await;
        assert_eq!(body, r#"42["later"]"#);
    });
}

#[test]
fn a_client_that_does_not_poll_keeps_no_connection_for_requests() {
    run(async {
        let server = Scripted::start().await;
        let (socket, _events, mut streams) = connected(&server, polling(&server)).await;
        tokio::join!(socket.client().close(), async {
            let (_, body) = read_request(&mut streams[0]).await;
            assert!(body.starts_with("41"), "{body}");
            respond(&mut streams[0], "ok").await;
            if body == "41" {
                // The packet that closes the session has a POST of its own.
                read_request(&mut streams[0]).await;
                respond(&mut streams[0], "ok").await;
            }
        });
        for stream in &mut streams {
            assert_eq!(guarded(stream.read(&mut [0])).await.unwrap(), 0);
        }
        drop(socket);
    });
}

/// Returns the connection of the next POST: the idle one, or a new one if the machine is so slow that the client has closed it.
async fn next_posting(server: &Scripted, idle: TcpStream) -> TcpStream {
    match guarded(idle.peek(&mut [0])).await {
        Ok(1..) => idle,
        _ => server.accept_tcp().await,
    }
}

// A proxy does that, with a limit of its own.
#[test]
fn a_large_body_that_is_refused_before_its_end_is_an_error_with_the_status() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, [idle, _poll]) = connected(&server, polling(&server)).await;
        // More than the buffers of the network take.
        socket.emit("large", "x".repeat(12 << 20)).await.unwrap();
        let mut stream = next_posting(&server, idle).await;
        read_head(&mut stream).await;
        let refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!";
        stream.write_all(refusal).await.unwrap();
        let error = loop {
            let event = guarded(events.next()).await.unwrap();
            if let Event::Disconnected { error, .. } = event {
                break error.unwrap();
            }
        };
        assert!(
            matches!(&error, TransportError::Status(413, body) if body == "no!"),
            "{error:?}"
        );
    });
}
