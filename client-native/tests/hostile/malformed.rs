//! Malformed packets: those that break the protocol end the connection, others are ignored.

use serde_json::Value;
use tidewire::{AckError, EngineVersion, Event, Events, Reason, Socket, SocketError, Transport};
use tokio::io::AsyncWriteExt;
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::events::{expect_disconnected, expect_malformed, expect_message, next_named};
use crate::support::polled::Request;
use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, run};

async fn connected(server: &Scripted) -> (Socket, Events, Conn) {
    server.connect_with_events(server.client("/")).await
}

/// The connection ends with `expected`; events emitted from then on arrive on the next connection.
async fn recovers(server: &Scripted, socket: &Socket, events: &mut Events, expected: Reason) {
    if expected == Reason::ParseError {
        expect_malformed(events).await;
    }
    assert_eq!(expect_disconnected(events).await, expected);
    socket.emit("kept", ()).await.unwrap();
    let request = socket.emit_with_ack::<u8>("acked", ());
    let (ack, ()) = tokio::join!(request, async {
        let mut conn = server.accept_namespace("/").await;
        assert_eq!(conn.text().await, r#"42["kept"]"#);
        let (id, _) = conn.event_with_ack().await;
        conn.send(&format!("43{id}[1]")).await;
    });
    assert_eq!(ack, Ok(1));
}

/// Text that is not a packet, and the reason with which the connection ends.
const MALFORMED: [(&str, Reason); 22] = [
    ("", Reason::TransportError),
    ("x", Reason::TransportError),
    ("9", Reason::TransportError),
    ("\u{1e}", Reason::TransportError),
    ("é2[\"a\"]", Reason::TransportError),
    ("49", Reason::ParseError),
    ("4x", Reason::ParseError),
    ("4-", Reason::ParseError),
    ("42{}", Reason::ParseError),
    ("42[]", Reason::ParseError),
    ("42[null]", Reason::ParseError),
    ("42[{}]", Reason::ParseError),
    ("42\"text\"", Reason::ParseError),
    (r#"42["connect"]"#, Reason::ParseError),
    (r#"42["disconnect","x"]"#, Reason::ParseError),
    ("431{}", Reason::ParseError),
    ("431true", Reason::ParseError),
    (r#"45["x"]"#, Reason::ParseError),
    (r#"450-["x"]"#, Reason::ParseError),
    (r#"45many-["x"]"#, Reason::ParseError),
    (r#"4599999999999999999999-["x"]"#, Reason::ParseError),
    (r#"41{"why":"none"}"#, Reason::ParseError),
];

#[test]
fn malformed_text_ends_the_connection_and_no_event_is_lost() {
    run(async {
        for (text, reason) in MALFORMED {
            let server = Scripted::start().await;
            let (socket, mut events, mut conn) = connected(&server).await;
            conn.send(text).await;
            recovers(&server, &socket, &mut events, reason).await;
        }
    });
}

#[test]
fn attachments_must_follow_their_header_directly() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        conn.send_bytes(b"unannounced").await;
        recovers(&server, &socket, &mut events, Reason::ParseError).await;

        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        conn.send(r#"452-["x"]"#).await;
        conn.send_bytes(b"first").await;
        conn.send(r#"42["y"]"#).await;
        recovers(&server, &socket, &mut events, Reason::ParseError).await;
    });
}

#[test]
fn half_a_packet_is_dropped_with_its_connection() {
    run(async {
        let server = Scripted::start().await;
        let (_socket, mut events, mut conn) = connected(&server).await;
        conn.send(r#"452-["half",{"_placeholder":true,"num":0}]"#)
            .await;
        conn.send_bytes(b"first").await;
        conn.close().await;
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::TransportClose
        );
        let mut conn = server.accept_namespace("/").await;
        conn.send(r#"42["whole"]"#).await;
        let message = loop {
            if let Event::Message(message) = guarded(events.next()).await.unwrap() {
                break message;
            }
        };
        assert_eq!(message.name(), "whole");
    });
}

#[test]
fn text_that_is_not_utf8_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        let text = OpCode::Data(Data::Text);
        let frame = Frame::message(&b"42[\"\xff\xfe\"]"[..], text, true);
        conn.send_raw(Message::Frame(frame)).await;
        recovers(&server, &socket, &mut events, Reason::TransportError).await;
    });
}

#[test]
fn a_malformed_websocket_frame_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, conn) = connected(&server).await;
        let mut stream = conn.into_stream();
        stream.write_all(&[0xff; 64]).await.unwrap();
        recovers(&server, &socket, &mut events, Reason::TransportError).await;
    });
}

#[test]
fn a_close_frame_ends_the_connection_although_tcp_stays_open() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        conn.send_raw(Message::Close(None)).await;
        recovers(&server, &socket, &mut events, Reason::TransportClose).await;
        drop(conn);
    });
}

#[test]
fn packets_without_a_recipient_are_ignored() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        for text in [
            "43999[1]",
            "4318446744073709551616[1]",
            "43[1]",
            "43",
            "42",
            r#"42/other,["x"]"#,
            r#"44{"message":"too late"}"#,
            r#"44/other,"x""#,
            r#"40{"sid":"again"}"#,
            r#"40/other,{"sid":"s"}"#,
            "41/other,",
            "1",
            "3",
            "3probe",
            "5",
            "6",
            r#"0{"sid":"again"}"#,
        ] {
            conn.send(text).await;
        }
        conn.send_raw(Message::Pong(b"unsolicited"[..].into()))
            .await;
        conn.send(r#"42["still","there"]"#).await;
        assert_eq!(expect_message(&mut events).await.name(), "still");
        assert_eq!(socket.id().as_deref(), Some("socket"));
        conn.send_raw(Message::Ping(b"here?"[..].into())).await;
        let pong = conn.next().await;
        assert_eq!(pong, Some(Message::Pong(b"here?"[..].into())));
    });
}

#[test]
fn broken_json_is_an_error_of_the_handler_stream_or_ack_that_reads_it() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server).await;
        let (error_tx, mut errors) = tokio::sync::mpsc::unbounded_channel();
        socket.on_error(move |error| {
            let _ = error_tx.send(error);
        });
        socket.on("broken", async |_: Value, _| -> () {
            panic!("it was called")
        });
        conn.send(r#"42["broken",{"a":]"#).await;
        let error = guarded(errors.recv()).await;
        assert!(
            matches!(&error, Some(SocketError::Decode { event, .. }) if event == "broken"),
            "{error:?}"
        );
        let message = next_named(&mut events, "broken").await;
        assert!(message.args::<Value>().is_err());

        for args in [
            "[",
            "[1,",
            "[1]]",
            "[\"\\x\"]",
            "[{\"_placeholder\":true,\"num\":3}]",
        ] {
            let request = socket.emit_with_ack::<tidewire::Bytes>("ask", ());
            let (outcome, ()) = tokio::join!(request, async {
                let (id, _) = conn.event_with_ack().await;
                conn.send(&format!("43{id}{args}")).await;
            });
            assert!(
                matches!(outcome, Err(AckError::Decode { .. })),
                "{outcome:?}"
            );
        }
        assert!(socket.is_connected());
    });
}

/// Answers a poll with a body of bytes: the texts of packets, each behind its length.
async fn respond_octets(mut request: Request, packets: &[&str]) {
    let mut body = Vec::new();
    for packet in packets {
        let length = packet.len().to_string();
        body.push(0);
        body.extend(length.bytes().map(|digit| digit - b'0'));
        body.push(255);
        body.extend(packet.bytes());
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let response = [head.as_bytes(), &body].concat();
    request.stream.write_all(&response).await.unwrap();
}

// socketioxide 0.18 sends the attachments of Engine.IO 3 over polling in the form of Engine.IO 4: without their type. Both readings
// of `b4AAA` are possible, and engine.io-parser 2.2 ignores a packet whose type it does not know, so nothing is guessed.
#[test]
fn an_attachment_without_its_type_is_missed_by_the_next_packet() {
    run(async {
        let handshake = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
        let opened = format!("{}:{handshake}2:40", handshake.len());
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([Transport::Polling])
            .engine_version(EngineVersion::Eio3);
        let (socket, get) = tokio::join!(builder.connect(), async {
            Request::expect(&server, "GET").await.respond(&opened).await;
            Request::expect(&server, "GET").await
        });
        let socket = socket.unwrap();
        let mut events = socket.events();
        let header = r#"451-["file",{"_placeholder":true,"num":0}]"#;
        respond_octets(get, &[header, "bAQID"]).await;
        // A noop changes nothing, a packet of Socket.IO does.
        let get = Request::expect(&server, "GET").await;
        get.respond("1:6").await;
        let get = Request::expect(&server, "GET").await;
        get.respond(r#"10:42["next"]"#).await;
        expect_malformed(&mut events).await;
        assert_eq!(expect_disconnected(&mut events).await, Reason::ParseError);
    });
}
