//! Sessions that the server ends, and frames that are refused: each with its reason, and the next session follows.

use tidewire::{Event, Events, Reason, Transport, TransportError};
use wtransport::VarInt;

use crate::scripted::{Conn, Scripted};
use crate::support::{guarded, run, spawn};

/// The reason and the error of the next disconnection.
async fn disconnection(events: &mut Events) -> (Reason, TransportError) {
    loop {
        if let Event::Disconnected { reason, error, .. } = guarded(events.next()).await.unwrap() {
            return (reason, error.expect("an error"));
        }
    }
}

/// Lets the server end a session. Returns what the client tells, once it is connected again.
async fn end(how: impl AsyncFnOnce(&mut Conn)) -> (Reason, TransportError) {
    let server = Scripted::start();
    let (socket, mut events, mut conn) = server.connect().await;
    conn.send(r#"42["first"]"#).await;
    assert_eq!(guarded(events.message()).await.unwrap().name(), "first");
    how(&mut conn).await;
    let told = disconnection(&mut events).await;
    let mut next = server.accept().await;
    next.send(r#"42["again"]"#).await;
    assert_eq!(guarded(events.message()).await.unwrap().name(), "again");
    assert_eq!(socket.client().transport(), Some(Transport::WebTransport));
    told
}

#[test]
fn a_server_may_close_the_session_with_a_code_and_a_text() {
    run(async {
        let close = async |conn: &mut Conn| {
            conn.connection.close(VarInt::from_u32(7), b"bye");
        };
        let (reason, error) = end(close).await;
        assert_eq!(reason, Reason::TransportClose);
        assert_eq!(
            error.to_string(),
            "the server closed the WebTransport with code 7: bye"
        );
    });
}

#[test]
fn the_end_is_noticed_while_nothing_is_read_and_events_wait() {
    run(async {
        let server = Scripted::start();
        let builder = server.client().inbox_bytes(1).offline_events(100_000);
        let (socket, mut events, mut conn) = server.connect_with(builder).await;
        // The inbox is full after this event, and the client reads no more.
        conn.send(r#"42["first"]"#).await;
        let metrics = || socket.client().metrics();
        guarded(async {
            while metrics().events_received == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        conn.connection.close(VarInt::from_u32(7), b"bye");
        // Those that are under way when the session ends are lost.
        guarded(async {
            while socket.is_connected() {
                socket.emit("before", ()).await.unwrap();
                tokio::task::yield_now().await;
            }
        })
        .await;
        for number in 0..100 {
            socket.emit("after", number).await.unwrap();
        }
        let (reason, _) = disconnection(&mut events).await;
        assert_eq!(reason, Reason::TransportClose);
        let _reading = spawn(async move { while events.next().await.is_some() {} });
        let mut conn = server.accept().await;
        let mut number = 0;
        while number < 100 {
            let text = conn.text().await.unwrap();
            if text != r#"42["before"]"# {
                assert_eq!(text, format!(r#"42["after",{number}]"#));
                number += 1;
            }
        }
    });
}

#[test]
fn a_session_may_close_amid_a_frame() {
    run(async {
        for part in [&b"\x0a42[\"las"[..], b"\x7e\x01", b"\x7f\0\0", b"\x90abc"] {
            let close = async |conn: &mut Conn| {
                conn.send_bytes(part).await;
                guarded(conn.to_client.finish()).await.unwrap();
                conn.connection.close(VarInt::from_u32(0), b"");
            };
            let (reason, error) = end(close).await;
            assert_eq!(reason, Reason::TransportClose, "{part:?}");
            assert_eq!(error.to_string(), "the server closed the WebTransport");
        }
    });
}

#[test]
fn a_server_may_end_the_stream_alone() {
    run(async {
        let (reason, error) = end(async |conn: &mut Conn| {
            guarded(conn.to_client.finish()).await.unwrap();
        })
        .await;
        assert_eq!(reason, Reason::TransportClose);
        assert_eq!(error.to_string(), "the server closed the WebTransport");
        let (reason, error) = end(async |conn: &mut Conn| {
            conn.to_client.reset(VarInt::from_u32(3)).unwrap();
        })
        .await;
        assert_eq!(reason, Reason::TransportClose);
        assert!(error.to_string().contains("given the stream up"), "{error}");
    });
}

#[test]
fn a_frame_above_the_limit_is_refused_by_its_head() {
    run(async {
        let server = Scripted::start();
        let builder = server.client().max_packet_bytes(1_000);
        let (_socket, mut events, mut conn) = server.connect_with(builder).await;
        // A frame of 1,000 bytes is read.
        let text = format!(r#"42["fits","{}"]"#, "x".repeat(1_000 - 13));
        assert_eq!(text.len(), 1_000);
        conn.send(&text).await;
        assert_eq!(guarded(events.message()).await.unwrap().name(), "fits");
        conn.send_bytes(b"\x7e\x03\xe9").await;
        let (reason, error) = disconnection(&mut events).await;
        assert_eq!(reason, Reason::ParseError);
        assert!(
            matches!(error, TransportError::TooLarge(1_000)),
            "{error:?}"
        );
        server.accept().await;
    });
}

#[test]
fn an_empty_text_and_a_corrupted_packet_end_the_session() {
    run(async {
        for bytes in [
            &b"\x00"[..],
            b"\x05hello",
            b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            let corrupt = async |conn: &mut Conn| conn.send_bytes(bytes).await;
            let (reason, error) = end(corrupt).await;
            assert_eq!(reason, Reason::TransportError, "{bytes:?}");
            assert!(matches!(error, TransportError::BadPacket), "{error:?}");
        }
    });
}

#[test]
fn a_corrupted_event_is_a_parse_error() {
    run(async {
        let corrupt = async |conn: &mut Conn| conn.send(r#"4{"not":"a packet"}"#).await;
        let (reason, error) = end(corrupt).await;
        assert_eq!(reason, Reason::ParseError);
        assert!(matches!(error, TransportError::Malformed(_)), "{error:?}");
    });
}

#[test]
fn datagrams_and_further_streams_are_ignored() {
    run(async {
        let server = Scripted::start();
        let (socket, mut events, mut conn) = server.connect().await;
        for _ in 0..1_000 {
            conn.connection.send_datagram(b"\x0242").unwrap();
        }
        for _ in 0..4 {
            let mut stream = conn.connection.open_uni().await.unwrap().await.unwrap();
            stream.write_all(b"\x0242").await.unwrap();
        }
        conn.send(r#"42["first"]"#).await;
        assert_eq!(guarded(events.message()).await.unwrap().name(), "first");
        let ack = socket.emit_with_ack::<u8>("question", ());
        let answer = async {
            assert_eq!(conn.text().await.unwrap(), r#"420["question"]"#);
            conn.send("430[42]").await;
        };
        let (ack, ()) = tokio::join!(guarded(ack), answer);
        assert_eq!(ack.unwrap(), 42);
    });
}
