//! Servers that leave HTTP requests unanswered: a limit on each of them, if the application wants one.

use std::time::Duration;

use tidewire::{
    Builder, ConnectError, Event, OpenError, Reason, Socket, Transport, TransportError,
};
use tokio::io::AsyncWriteExt;

use crate::support::polled::{Request, let_in};
use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{next_change, next_named, run};

/// Longer than the test's own answers take on any machine; nothing waits for it but what must.
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
fn a_handshake_that_is_not_answered_is_told() {
    run(async {
        let server = Scripted::start().await;
        let brief = polling(&server).request_timeout(Duration::from_millis(50));
        let (outcome, _silent) = tokio::join!(brief.connect(), Request::next(&server));
        expect_request_timeout(&outcome);
        // Without it, the connection's own limit holds.
        let patient = polling(&server).connect_timeout(Duration::from_millis(50));
        let (outcome, _silent) = tokio::join!(patient.connect(), Request::next(&server));
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
fn an_answer_that_does_not_end_is_told() {
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
fn a_post_that_is_not_answered_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = polling(&server).request_timeout(LIMIT);
        let (outcome, _silent) = tokio::join!(client.connect(), async {
            Request::next(&server).await.answer(HANDSHAKE).await;
            Request::get_and_post(&server).await
        });
        expect_request_timeout(&outcome);
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
        poll.answer(r#"42["late"]"#).await;
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
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::TransportError,
                    ..
                }
            ),
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
