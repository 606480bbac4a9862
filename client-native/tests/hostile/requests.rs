//! Servers that do not respond to HTTP requests: `request_timeout` limits each of them.

use std::time::Duration;

use tidewire::{Builder, ConnectError, OpenError, Reason, Socket, Transport, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::clock::elapses;
use crate::support::events::{expect_connected, expect_disconnected, next_named};
use crate::support::polled::{Request, accept_namespace};
use crate::support::scripted::{HANDSHAKE, Scripted, handshake};
use crate::support::{run, run_on_one_thread};

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
