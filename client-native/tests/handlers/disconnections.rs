//! The error in a disconnection: the one that ended the connection, and no earlier one.

use tidewire::{Event, Events, Malformed, Reason, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

use crate::connected;
use crate::support::events::expect_connected;
use crate::support::polled::{Request, accept_namespace};
use crate::support::scripted::{self, Scripted};
use crate::support::{guarded, run};

const HANDSHAKE: &str =
    r#"0{"sid":"engine","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;

const REFUSAL: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

/// The next event is the disconnection after a kick, without an error.
async fn expect_kick(events: &mut Events) {
    match guarded(events.next()).await.unwrap() {
        Event::Disconnected {
            reason: Reason::ServerDisconnect,
            error: None,
            reconnects: false,
        } => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_upgrade_that_failed_is_not_the_error_of_a_later_kick() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([Transport::Polling, Transport::WebSocket]);
        let socket = builder.build().unwrap().socket();
        let mut events = socket.events();
        socket.start();
        let opening = Request::expect(&server, "GET").await;
        opening.respond(HANDSHAKE).await;
        let (mut poll, mut websocket) = (None, None);
        // A poll, the POST of CONNECT and the WebSocket, in any order.
        for _ in 0..3 {
            let (mut stream, head) = server.accept_request().await;
            if head.to_ascii_lowercase().contains("upgrade: websocket") {
                websocket = Some(stream);
            } else if head.starts_with("GET") {
                poll = Some(stream);
            } else {
                let mut connect = [0; 2];
                guarded(stream.read_exact(&mut connect)).await.unwrap();
                assert_eq!(&connect, b"40");
                respond(stream, "ok").await;
            }
        }
        respond(poll.unwrap(), r#"40{"sid":"socket"}"#).await;
        expect_connected(&mut events).await;
        let mut websocket = websocket.unwrap();
        websocket.write_all(REFUSAL).await.unwrap();
        let failed = guarded(events.next()).await;
        assert!(matches!(failed, Some(Event::UpgradeFailed)), "{failed:?}");
        Request::expect(&server, "GET").await.respond("41").await;
        expect_kick(&mut events).await;
    });
}

#[test]
fn a_transport_that_failed_before_is_not_the_error_of_a_later_kick() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([Transport::WebSocket, Transport::Polling])
            .try_all_transports(true);
        let socket = builder.build().unwrap().socket();
        let mut events = socket.events();
        socket.start();
        let (mut websocket, _) = server.accept_request().await;
        websocket.write_all(REFUSAL).await.unwrap();
        let poll = accept_namespace(&server, scripted::HANDSHAKE).await;
        expect_connected(&mut events).await;
        poll.respond("41").await;
        expect_kick(&mut events).await;
    });
}

async fn respond(stream: TcpStream, body: &str) {
    let (method, sent) = (String::new(), String::new());
    let request = Request {
        method,
        body: sent,
        stream,
    };
    request.respond(body).await;
}

#[test]
fn a_malformed_packet_is_the_error_of_the_disconnection() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send("49").await;
        loop {
            match guarded(events.next()).await.unwrap() {
                Event::Error(_) => {}
                Event::Disconnected {
                    reason: Reason::ParseError,
                    error: Some(TransportError::Malformed(Malformed::UnknownType)),
                    reconnects: true,
                } => break,
                other => panic!("{other:?}"),
            }
        }
        let _conn = server.accept_namespace("/").await;
    });
}

/// The reason and the error of the next disconnection.
async fn broken_by(events: &mut Events) -> (Reason, Option<TransportError>) {
    loop {
        if let Event::Disconnected { reason, error, .. } = guarded(events.next()).await.unwrap() {
            return (reason, error);
        }
    }
}

#[test]
fn a_close_frame_is_the_error_of_the_disconnection() {
    run(async {
        let close = |code: u16, reason: &str| {
            let reason = reason.to_owned().into();
            Message::Close(Some(CloseFrame {
                code: code.into(),
                reason,
            }))
        };
        for (frame, code, text) in [
            (Some(close(1008, "token expired")), 1008, "token expired"),
            (Some(close(4001, "")), 4001, ""),
            (Some(Message::Close(None)), 1005, ""),
            (None, 1006, ""),
        ] {
            let (_server, socket, mut conn) = connected().await;
            let mut events = socket.events();
            if let Some(frame) = frame {
                conn.send_raw(frame).await;
            }
            drop(conn);
            let (reason, error) = broken_by(&mut events).await;
            assert_eq!(reason, Reason::TransportClose);
            assert!(
                matches!(&error, Some(TransportError::WebSocketClosed(got, why)) if (*got, why.as_str()) == (code, text)),
                "{error:?}"
            );
        }
    });
}

// A server closes so if a packet is larger than its `maxHttpBufferSize`.
#[test]
fn a_close_frame_counts_if_the_client_was_writing() {
    run(async {
        let (_server, socket, conn) = connected().await;
        let mut events = socket.events();
        for _ in 0..12 {
            socket.emit("large", "x".repeat(1 << 20)).await.unwrap();
        }
        let mut stream = conn.into_stream();
        // Some of it has arrived, so that the end of the connection is a reset.
        guarded(stream.readable()).await.unwrap();
        stream.write_all(b"\x88\x02\x03\xf1").await.unwrap();
        drop(stream);
        let (_, error) = broken_by(&mut events).await;
        let text = error.expect("an error").to_string();
        assert!(
            text.contains("1009") && text.contains("maxHttpBufferSize"),
            "{text}"
        );
    });
}

/// The next change is the end of a connection whose server sent no packet of Engine.IO.
async fn expect_bad_packet(events: &mut Events) {
    let broken = broken_by(events).await;
    assert!(
        matches!(
            broken,
            (Reason::TransportError, Some(TransportError::BadPacket))
        ),
        "{broken:?}"
    );
}

#[test]
fn a_packet_that_is_not_one_of_engine_io_is_the_error_of_the_disconnection() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send("x").await;
        expect_bad_packet(&mut events).await;
        let server = Scripted::start().await;
        let builder = server.client("/").transports([Transport::Polling]);
        let socket = builder.build().unwrap().socket();
        let mut events = socket.events();
        socket.start();
        let poll = accept_namespace(&server, scripted::HANDSHAKE).await;
        poll.respond("x").await;
        expect_bad_packet(&mut events).await;
    });
}
