//! Servers that do not get as far as a connected namespace: `connect` ends with an error that says why.

use std::io::ErrorKind;
use std::time::Duration;

use tidewire::{ConnectError, OpenError, Reason, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::run;
use crate::support::scripted::{HANDSHAKE, Scripted};

fn cause(outcome: Result<tidewire::Socket, ConnectError>) -> TransportError {
    match outcome {
        Err(ConnectError::Unreachable { source: cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    run(async {
        let builder = Scripted::start().await.client("/");
        let error = cause(builder.connect().await);
        assert!(
            matches!(&error, TransportError::Io(why) if why.kind() == ErrorKind::ConnectionRefused),
            "{error:?}"
        );
    });
}

#[test]
fn a_server_that_stays_silent_is_not_waited_for() {
    run(async {
        let server = Scripted::start().await;
        let client = |timeout| {
            let builder = server.client("/");
            builder
                .connect_timeout(Duration::from_millis(timeout))
                .connect()
        };
        // It accepts, and that is all.
        let (outcome, _stream) = tokio::join!(client(50), server.accept_tcp());
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::Handshake(OpenError::Timeout)),
            "{error:?}"
        );
        // It opens the WebSocket, and that is all.
        let (outcome, _conn) = tokio::join!(client(1_000), server.accept());
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::Handshake(OpenError::Timeout)),
            "{error:?}"
        );
        // It does not answer for the namespace. (Long enough for the handshake, which has to come in the same time.)
        let (outcome, _conn) = tokio::join!(client(1_000), server.open());
        assert!(
            matches!(outcome, Err(ConnectError::Timeout { .. })),
            "{outcome:?}"
        );
    });
}

#[test]
fn an_http_error_is_told_with_its_status_and_the_beginning_of_its_body() {
    run(async {
        let html = "<html><head><title>502 Bad Gateway</title></head></html>";
        let json = r#"{"code":5,"message":"Unsupported protocol version"}"#;
        let long = "é".repeat(5_000);
        for (line, status, body) in [
            ("502 Bad Gateway", 502, html),
            ("400 Bad Request", 400, json),
            ("404 Not Found", 404, "Cannot GET /socket.io/"),
            ("301 Moved Permanently", 301, ""),
            ("200 OK", 200, "hello"),
            ("500 Internal Server Error", 500, &long),
        ] {
            let server = Scripted::start().await;
            let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
                let (mut stream, _) = server.request().await;
                let length = body.len();
                let reply = format!("HTTP/1.1 {line}\r\nContent-Length: {length}\r\n\r\n{body}");
                stream.write_all(reply.as_bytes()).await.unwrap();
            });
            let TransportError::Status(told, excerpt) = cause(outcome) else {
                panic!("{line}")
            };
            assert_eq!(told, status);
            assert!(excerpt.len() <= 203, "{}", excerpt.len());
            assert!(
                excerpt == body || body.starts_with(excerpt.trim_end_matches('\u{fffd}')),
                "{excerpt}"
            );
            assert!(!excerpt.is_empty() || body.is_empty());
        }
    });
}

#[test]
fn what_is_no_http_is_told() {
    run(async {
        for garbage in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"\x00\x01\x02\x03\r\n\r\n",
            b"HTTP/1.1 one hundred\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Accept: d3Jvbmc=\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            let server = Scripted::start().await;
            let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
                let (mut stream, _) = server.request().await;
                stream.write_all(garbage).await.unwrap();
            });
            let error = cause(outcome);
            assert!(matches!(error, TransportError::WebSocket(_)), "{error:?}");
        }
    });
}

#[test]
fn a_server_that_hangs_up_before_the_websocket_is_told() {
    run(async {
        for beginning in [
            "",
            "HTTP/1.1 101 Switching",
            "HTTP/1.1 101 X\r\nUpgrade: web",
        ] {
            let server = Scripted::start().await;
            let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
                let (mut stream, _) = server.request().await;
                stream.write_all(beginning.as_bytes()).await.unwrap();
            });
            let error = cause(outcome);
            assert!(
                matches!(error, TransportError::WebSocket(_) | TransportError::Io(_)),
                "{error:?}"
            );
        }
    });
}

#[test]
fn what_is_no_handshake_is_told() {
    run(async {
        for text in [
            "",
            "hello",
            "0",
            "0{}",
            "0[]",
            r#"0{"sid":"","pingInterval":1,"pingTimeout":1}"#,
            r#"0{"sid":7,"pingInterval":1,"pingTimeout":1}"#,
            r#"0{"sid":"s","pingInterval":"soon","pingTimeout":1}"#,
            r#"0{"sid":"s","pingInterval":1"#,
            "40",
            "2",
        ] {
            let server = Scripted::start().await;
            let (outcome, _conn) = tokio::join!(server.client("/").connect(), async {
                let mut conn = server.accept().await;
                conn.send(text).await;
                conn
            });
            let error = cause(outcome);
            assert!(
                matches!(error, TransportError::Handshake(OpenError::Handshake)),
                "{text}: {error:?}"
            );
        }
    });
}

#[test]
fn a_server_that_hangs_up_before_the_handshake_is_told() {
    run(async {
        let server = Scripted::start().await;
        let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
            server.accept().await.close().await;
        });
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::Handshake(OpenError::Transport)),
            "{error:?}"
        );
    });
}

#[test]
fn a_server_that_hangs_up_before_it_has_let_the_client_in_is_told() {
    run(async {
        for reconnection in [true, false] {
            let server = Scripted::start().await;
            let builder = server.client("/").reconnection(reconnection);
            let (outcome, ()) = tokio::join!(builder.connect(), async {
                drop(server.open().await);
            });
            let error = cause(outcome);
            assert!(
                matches!(error, TransportError::Closed(_) | TransportError::Io(_)),
                "{error:?}"
            );
            let builder = server.client("/").reconnection(reconnection);
            let (outcome, ()) = tokio::join!(builder.connect(), async {
                let mut conn = server.open().await;
                assert_eq!(conn.text().await, "40");
                conn.send("nonsense").await;
                conn.expect_close().await;
            });
            let error = cause(outcome);
            assert!(
                matches!(error, TransportError::Closed(Reason::TransportError)),
                "{error:?}"
            );
        }
    });
}

#[test]
fn a_grant_of_the_wrong_form_is_told() {
    run(async {
        for (answer, parsed) in [
            ("40", true),
            ("40{}", true),
            (r#"40{"sid":5}"#, true),
            ("40[]", false),
            ("40\"s\"", false),
        ] {
            let server = Scripted::start().await;
            let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
                let mut conn = server.accept().await;
                conn.send(HANDSHAKE).await;
                assert_eq!(conn.text().await, "40");
                conn.send(answer).await;
                while conn.next().await.is_some() {}
            });
            let expected = match &outcome {
                Err(ConnectError::WrongVersion) => parsed,
                Err(ConnectError::Unreachable {
                    source: TransportError::Closed(Reason::ParseError),
                    ..
                }) => !parsed,
                _ => false,
            };
            assert!(expected, "{answer}: {outcome:?}");
        }
    });
}
