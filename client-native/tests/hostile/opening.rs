//! Servers that fail before a namespace is connected: `connect` ends with an error that says why.

use std::io::ErrorKind;
use std::time::Duration;

use tidewire::{ConnectError, EngineVersion, Malformed, OpenError, Transport, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{run, run_on_one_thread};

/// The error of a connection that could not be opened.
fn cause(outcome: Result<tidewire::Socket, ConnectError>) -> TransportError {
    match outcome {
        Err(ConnectError::Unreachable { source: cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_closed_port_is_an_io_error() {
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
fn a_silent_server_is_a_timeout() {
    run(async {
        let server = Scripted::start().await;
        let client = |timeout| {
            let builder = server.client("/");
            builder
                .connect_timeout(Duration::from_millis(timeout))
                .connect()
        };
        // The server only accepts.
        let (outcome, _stream) = tokio::join!(client(50), server.accept_tcp());
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::Handshake(OpenError::Timeout)),
            "{error:?}"
        );
        // The server opens the WebSocket and sends no handshake.
        let (outcome, _conn) = tokio::join!(client(1_000), server.accept_websocket());
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::Handshake(OpenError::Timeout)),
            "{error:?}"
        );
        // The server does not answer the CONNECT. (The timeout is long enough for the handshake, to which it applies too.)
        let (outcome, _conn) = tokio::join!(client(1_000), server.accept_engine());
        assert!(
            matches!(outcome, Err(ConnectError::Timeout { .. })),
            "{outcome:?}"
        );
    });
}

#[test]
fn an_http_error_has_its_status_and_the_start_of_its_body() {
    run(async {
        let html = "<html><head><title>502 Bad Gateway</title></head></html>";
        let long = "é".repeat(5_000);
        for (line, status, body) in [
            ("502 Bad Gateway", 502, html),
            (
                "400 Bad Request",
                400,
                r#"{"code":0,"message":"Transport unknown"}"#,
            ),
            ("404 Not Found", 404, "Cannot GET /socket.io/"),
            ("301 Moved Permanently", 301, ""),
            ("200 OK", 200, "hello"),
            ("500 Internal Server Error", 500, &long),
        ] {
            let server = Scripted::start().await;
            let (outcome, _) =
                tokio::join!(server.client("/").connect(), respond(&server, line, body));
            let TransportError::Status(code, excerpt) = cause(outcome) else {
                panic!("{line}")
            };
            assert_eq!(code, status);
            assert!(excerpt.len() <= 203, "{}", excerpt.len());
            assert!(
                excerpt == body || body.starts_with(excerpt.trim_end_matches('\u{fffd}')),
                "{excerpt}"
            );
            assert!(!excerpt.is_empty() || body.is_empty());
        }
    });
}

/// Responds to the next request; returns its first line.
async fn respond(server: &Scripted, status: &str, body: &str) -> String {
    let (mut stream, request) = server.accept_request().await;
    let length = body.len();
    let response =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await.unwrap();
    request.lines().next().unwrap_or_default().to_owned()
}

// python-engineio 3.x answers so over both transports (and 4.x to `EIO=3`), socket.io 3.x and 4.x with a code.
#[test]
fn a_refused_version_is_followed_by_the_other_one() {
    run(async {
        for body in [
            r#""The client is using an unsupported version of the Socket.IO or Engine.IO protocols""#,
            r#"{"code":5,"message":"Unsupported protocol version"}"#,
            "",
        ] {
            for transports in [[Transport::WebSocket].as_slice(), &[Transport::Polling]] {
                let server = Scripted::start().await;
                let builder = server.client("/").transports(transports.iter().copied());
                let (outcome, lines) = tokio::join!(builder.connect(), async {
                    let first = respond(&server, "400 Bad Request", body).await;
                    let second = respond(&server, "503 Service Unavailable", "busy").await;
                    [first, second]
                });
                assert!(
                    lines[0].contains("EIO=4") && lines[1].contains("EIO=3"),
                    "{lines:?}"
                );
                // The refusal says more than the failure of the other version.
                let error = cause(outcome);
                assert!(
                    matches!(&error, TransportError::Status(400, text) if text == body),
                    "{error:?}"
                );
            }
        }
    });
}

#[test]
fn a_configured_version_that_is_refused_is_final() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let builder = server.client("/").engine_version(EngineVersion::Eio4);
        let (outcome, _) =
            tokio::join!(builder.connect(), respond(&server, "400 Bad Request", "no"));
        assert!(matches!(cause(outcome), TransportError::Status(400, _)));
        server.expect_no_attempt().await;
    });
}

/// The errors over WebSocket and over polling, if the server responds with these bytes and closes.
async fn causes(response: &[u8]) -> [TransportError; 2] {
    let over = async |transport| {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([transport])
            .engine_version(EngineVersion::Eio4);
        let (outcome, ()) = tokio::join!(builder.connect(), async {
            let (mut stream, _) = server.accept_request().await;
            stream.write_all(response).await.unwrap();
        });
        cause(outcome)
    };
    [
        over(Transport::WebSocket).await,
        over(Transport::Polling).await,
    ]
}

// Both transports have the same words for the same cause, and say what to do.
#[test]
fn a_failure_has_the_same_cause_over_every_transport() {
    run(async {
        let many = format!(
            "HTTP/1.1 200 OK\r\n{}\r\n",
            "X-Header: value\r\n".repeat(200)
        );
        let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}", "x".repeat(600_000));
        let big = format!(
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100000\r\n\r\nstack trace{}",
            ".".repeat(99_989)
        );
        for (response, advice) in [
            ("", "Builder::path"),
            ("HTTP/1.1 101 Switching", "Builder::path"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "is the port right"),
            ("HTTP/1.1 one hundred\r\n\r\n", "is the port right"),
            (&many, "too many headers"),
            (&long, "too many headers"),
            (
                "HTTP/1.1 302 Found\r\nLocation: https://example.org/login\r\nContent-Length: 0\r\n\r\n",
                "302, a redirect to https://example.org/login: if",
            ),
            (
                "HTTP/1.1 307 X\r\nContent-Length: 0\r\n\r\n",
                "HTTP status 307",
            ),
            (&big, "HTTP status 500: stack trace..."),
            (
                "HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstack\r\n6\r\n trace\r\n0\r\n\r\n",
                "HTTP status 500: stack trace",
            ),
            (
                "HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nhalf",
                "HTTP status 500: half",
            ),
            (
                "HTTP/1.1 400 X\r\nContent-Length: 66\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center></a>",
                "(use https:// or wss://)",
            ),
            (
                "HTTP/1.1 400 X\r\nContent-Length: 17\r\n\r\nTransport unknown",
                "switched off: see Builder::transports",
            ),
            (
                "HTTP/1.1 400 X\r\nContent-Length: 33\r\n\r\n{\"code\":1,\"message\":\"Session ID\"}",
                "sticky sessions",
            ),
            (
                "HTTP/1.1 400 X\r\nContent-Length: 28\r\n\r\nUnsupported protocol version",
                "Builder::engine_version",
            ),
            (
                "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n",
                "Builder::header",
            ),
            (
                "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
                "Builder::path",
            ),
            (
                "HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n",
                "are the credentials right",
            ),
            (
                "HTTP/1.1 400 X\r\nContent-Length: 34\r\n\r\n{\"code\":3,\"message\":\"Bad request\"}",
                "pass WebSockets on",
            ),
            (
                "HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n",
                "Builder::path",
            ),
            (
                "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n",
                "server behind it",
            ),
        ] {
            let [websocket, polling] = causes(response.as_bytes()).await;
            assert!(
                websocket.to_string().contains(advice),
                "{response:.60}: {websocket}"
            );
            assert_eq!(websocket.to_string(), polling.to_string(), "{response:.60}");
        }
    });
}

#[test]
fn a_plain_request_to_a_tls_port_is_told_so() {
    run(async {
        // OpenSSL's alert to what is no TLS.
        for error in causes(b"\x15\x03\x01\x00\x02\x02\x46").await {
            let text = error.to_string();
            assert!(
                text.contains("speaks TLS: use https:// or wss://"),
                "{text}"
            );
        }
    });
}

// engine.io 6 refuses `EIO=3` so: first it accepts the WebSocket.
#[test]
fn a_response_behind_an_accepted_websocket_is_the_cause() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").engine_version(EngineVersion::Eio3);
        let (outcome, ()) = tokio::join!(builder.connect(), async {
            let mut stream = server.accept_websocket().await.into_stream();
            let response =
                b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n\
                Content-Length: 28\r\n\r\nUnsupported protocol version";
            stream.write_all(response).await.unwrap();
        });
        let error = cause(outcome);
        assert!(
            matches!(&error, TransportError::Status(400, body) if body == "Unsupported protocol version"),
            "{error:?}"
        );
    });
}

#[test]
fn a_server_of_another_version_than_the_configured_one_is_the_cause() {
    run(async {
        let handshake = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
        let body = format!("{}:{handshake}2:40", handshake.len());
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([Transport::Polling])
            .engine_version(EngineVersion::Eio4);
        let (outcome, _) = tokio::join!(builder.connect(), respond(&server, "200 OK", &body));
        let error = cause(outcome);
        assert!(matches!(error, TransportError::WrongVersion), "{error:?}");
        assert!(error.to_string().contains("Builder::engine_version"));
    });
}

#[test]
fn a_websocket_response_that_breaks_a_rule_is_a_websocket_error() {
    run(async {
        for response in [
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: d3Jvbmc=\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            let [error, _] = causes(response.as_bytes()).await;
            let is_websocket = matches!(error, TransportError::WebSocket(_));
            assert!(
                is_websocket && error.to_string().contains("proxy"),
                "{error:?}"
            );
        }
    });
}

#[test]
fn a_malformed_handshake_is_an_error() {
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
                let mut conn = server.accept_websocket().await;
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
fn a_server_that_closes_before_the_handshake_is_an_error() {
    run(async {
        let server = Scripted::start().await;
        let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
            server.accept_websocket().await.close().await;
        });
        let error = cause(outcome);
        assert!(
            matches!(error, TransportError::WebSocketClosed(1005, _)),
            "{error:?}"
        );
    });
}

#[test]
fn a_server_that_closes_before_the_namespace_is_connected_is_an_error() {
    run(async {
        for reconnection in [true, false] {
            let server = Scripted::start().await;
            let builder = server.client("/").reconnection(reconnection);
            let (outcome, ()) = tokio::join!(builder.connect(), async {
                drop(server.accept_engine().await);
            });
            let error = cause(outcome);
            assert!(
                matches!(
                    error,
                    TransportError::WebSocketClosed(1006, _) | TransportError::Io(_)
                ),
                "{error:?}"
            );
            let builder = server.client("/").reconnection(reconnection);
            let (outcome, ()) = tokio::join!(builder.connect(), async {
                let mut conn = server.accept_engine().await;
                assert_eq!(conn.text().await, "40");
                conn.send("malformed").await;
                conn.expect_close().await;
            });
            let error = cause(outcome);
            assert!(matches!(error, TransportError::BadPacket), "{error:?}");
        }
    });
}

#[test]
fn a_malformed_connect_reply_is_an_error() {
    run(async {
        for (reply, parsed) in [
            ("40", true),
            ("40{}", true),
            (r#"40{"sid":5}"#, true),
            ("40[]", false),
            ("40\"s\"", false),
        ] {
            let server = Scripted::start().await;
            let (outcome, ()) = tokio::join!(server.client("/").connect(), async {
                let mut conn = server.accept_websocket().await;
                conn.send(HANDSHAKE).await;
                assert_eq!(conn.text().await, "40");
                conn.send(reply).await;
                while conn.next().await.is_some() {}
            });
            let expected = match &outcome {
                Err(ConnectError::WrongVersion) => parsed,
                Err(ConnectError::Unreachable {
                    source: TransportError::Malformed(Malformed::BadPayload),
                    ..
                }) => !parsed,
                _ => false,
            };
            assert!(expected, "{reply}: {outcome:?}");
        }
    });
}
