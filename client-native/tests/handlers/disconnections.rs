//! The error in a disconnection: the one that ended the connection, and no earlier one.

use std::io::ErrorKind;

use tidewire::{
    Builder, ConnectError, Event, Events, Malformed, Reason, Socket, Transport, TransportError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

use crate::connected;
use crate::support::events::{
    expect_connect_error, expect_connected, expect_disconnected, next_change,
};
use crate::support::polled::{Request, accept_namespace};
use crate::support::scripted::{self, Scripted};
use crate::support::{guarded, run};

const HANDSHAKE: &str =
    r#"0{"sid":"engine","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;

const BAD_GATEWAY: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
/// A refusal that may be one of the Engine.IO version.
const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

fn polling(server: &Scripted) -> Builder {
    server.client("/").transports([Transport::Polling])
}

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

async fn respond(stream: TcpStream, body: &str) {
    let (method, sent) = (String::new(), String::new());
    let request = Request {
        method,
        body: sent,
        stream,
    };
    request.respond(body).await;
}

/// Connects over polling; the server refuses the upgrade with this response. Returns the poll that then waits.
async fn refuse_upgrade(server: &Scripted, refusal: &[u8]) -> (Socket, Events, Request) {
    let builder = server
        .client("/")
        .transports([Transport::Polling, Transport::WebSocket]);
    let socket = builder.build().unwrap().socket();
    let mut events = socket.events();
    socket.start();
    let opening = Request::expect(server, "GET").await;
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
    websocket.write_all(refusal).await.unwrap();
    let failed = guarded(events.next()).await;
    assert!(matches!(failed, Some(Event::UpgradeFailed)), "{failed:?}");
    let poll = Request::expect(server, "GET").await;
    (socket, events, poll)
}

#[test]
fn an_upgrade_that_failed_is_not_the_error_of_a_later_kick() {
    run(async {
        let server = Scripted::start().await;
        let (_socket, mut events, poll) = refuse_upgrade(&server, BAD_GATEWAY).await;
        poll.respond("41").await;
        expect_kick(&mut events).await;
    });
}

/// The server is gone: each attempt says so, and has no earlier refusal as its cause.
async fn expect_refused_connections(events: &mut Events) {
    for _ in 0..3 {
        match expect_connect_error(events).await {
            ConnectError::Unreachable {
                source: TransportError::Io(error),
                ..
            } => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_upgrade_that_was_refused_is_not_the_error_of_a_later_attempt() {
    run(async {
        let server = Scripted::start().await;
        let (_socket, mut events, poll) = refuse_upgrade(&server, BAD_REQUEST).await;
        drop((server, poll));
        expect_disconnected(&mut events).await;
        expect_refused_connections(&mut events).await;
    });
}

#[test]
fn a_poll_that_was_refused_is_not_the_error_of_a_later_attempt() {
    run(async {
        let server = Scripted::start().await;
        let socket = polling(&server).build().unwrap().socket();
        let mut events = socket.events();
        socket.start();
        let mut poll = accept_namespace(&server, scripted::HANDSHAKE).await;
        expect_connected(&mut events).await;
        drop(server);
        poll.stream.write_all(BAD_REQUEST).await.unwrap();
        match next_change(&mut events).await {
            Event::Disconnected {
                error: Some(TransportError::Status(400, _)),
                ..
            } => {}
            other => panic!("{other:?}"),
        }
        expect_refused_connections(&mut events).await;
    });
}

/// Connects over polling, closes, and connects again. Returns the request that closes the first session, and the one that opens the next.
async fn close_and_connect(server: &Scripted) -> (Events, [Request; 2]) {
    let client = polling(server).build().unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    socket.start();
    let _poll = accept_namespace(server, scripted::HANDSHAKE).await;
    expect_connected(&mut events).await;
    guarded(client.close()).await;
    expect_disconnected(&mut events).await;
    let close = Request::expect(server, "POST").await;
    assert_eq!(close.body, "41\u{1e}1");
    socket.start();
    let opening = Request::expect(server, "GET").await;
    (events, [close, opening])
}

/// Refuses to close a session. Ready when the client knows.
async fn refuse(mut close: Request) {
    close.stream.write_all(BAD_REQUEST).await.unwrap();
    // The client has read the response when it closes the connection.
    let end = guarded(close.stream.read(&mut [0; 1])).await;
    assert_eq!(end.unwrap(), 0);
}

#[test]
fn a_session_that_cannot_be_closed_is_not_the_error_of_a_later_attempt() {
    run(async {
        let server = Scripted::start().await;
        let (mut events, [close, opening]) = close_and_connect(&server).await;
        refuse(close).await;
        drop((server, opening));
        match expect_connect_error(&mut events).await {
            ConnectError::Unreachable { source, .. } => {
                assert!(!matches!(source, TransportError::Status(..)), "{source:?}");
            }
            other => panic!("{other:?}"),
        }
        expect_refused_connections(&mut events).await;
    });
}

#[test]
fn a_session_that_cannot_be_closed_is_not_the_error_of_a_later_kick() {
    run(async {
        let server = Scripted::start().await;
        let (mut events, [close, opening]) = close_and_connect(&server).await;
        opening.respond(scripted::HANDSHAKE).await;
        let (get, post) = Request::get_and_post(&server).await;
        post.respond("ok").await;
        get.respond(r#"40{"sid":"socket"}"#).await;
        expect_connected(&mut events).await;
        let poll = Request::expect(&server, "GET").await;
        refuse(close).await;
        poll.respond("41").await;
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
        websocket.write_all(BAD_GATEWAY).await.unwrap();
        let poll = accept_namespace(&server, scripted::HANDSHAKE).await;
        expect_connected(&mut events).await;
        poll.respond("41").await;
        expect_kick(&mut events).await;
    });
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
