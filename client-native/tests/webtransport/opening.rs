//! Servers that speak QUIC and open no session.

use std::time::Duration;

use tidewire::{ConnectError, TransportError};

use crate::scripted::Scripted;
use crate::support::clock::elapses;
use crate::support::run_on_one_thread;

/// More than the client gives a server, and less than an attempt has.
const SPAN: Duration = Duration::from_secs(10);

#[test]
fn a_session_that_does_not_open_has_5_seconds() {
    run_on_one_thread(async {
        let server = Scripted::start();
        let builder = server.client().reconnection(false);
        let connecting = builder.connect_timeout(2 * SPAN).connect();
        let holding = async {
            let mut unanswered = Vec::new();
            loop {
                unanswered.push(server.accept_request().await);
            }
        };
        let failed = elapses(SPAN, async {
            tokio::select! {
                connected = connecting => connected.unwrap_err(),
                () = holding => unreachable!("it does not end"),
            }
        });
        let failed = failed.await.expect("an error in time");
        let ConnectError::Unreachable {
            source: TransportError::WebTransport(why),
            ..
        } = &failed
        else {
            panic!("{failed:?}")
        };
        assert_eq!(why, "no session within 5s");
    });
}

#[test]
fn a_session_that_does_not_open_at_first_opens_in_the_second_try() {
    run_on_one_thread(async {
        let server = Scripted::start();
        let opening = async {
            let _held = server.accept_request().await;
            server.accept().await
        };
        let both = async { tokio::join!(server.client().connect(), opening) };
        let (socket, mut conn) = elapses(SPAN, both).await.expect("a session in time");
        let socket = socket.unwrap();
        socket.emit("still", ()).await.unwrap();
        assert_eq!(conn.text().await.as_deref(), Some(r#"42["still"]"#));
    });
}
