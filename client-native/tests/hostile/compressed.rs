//! Servers that break permessage-deflate: the documented error, nothing lost, and the connection comes back.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use tidewire::{Builder, ConnectError, Event, PerMessageDeflate, Reason, TransportError};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use crate::support::events::next_change;
use crate::support::scripted::{Conn, HANDSHAKE, Scripted};
use crate::support::{guarded, run};

/// The limit of a packet, in bytes.
const LIMIT: usize = 10_000;

/// The first bytes of frames: whole text, first part of text, last part, ping; and the bit of a compressed message.
const TEXT: u8 = 0x81;
const FIRST: u8 = 0x01;
const LAST: u8 = 0x80;
const PING: u8 = 0x89;
const COMPRESSED: u8 = 0x40;

fn client(server: &Scripted) -> Builder {
    let builder = server.client("/").max_packet_bytes(LIMIT);
    builder.per_message_deflate(PerMessageDeflate::new())
}

/// Accepts the next WebSocket, and answers the offer with these extensions.
async fn accept(server: &Scripted, extensions: &str) -> TcpStream {
    let (mut stream, head) = server.accept_request().await;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_key = name.eq_ignore_ascii_case("sec-websocket-key");
        is_key.then_some(value)
    });
    let accept = derive_accept_key(key.unwrap().as_bytes());
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{extensions}\r\n"
    );
    guarded(stream.write_all(response.as_bytes()))
        .await
        .unwrap();
    stream
}

/// A frame of a server.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 126];
    frame.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(content);
    frame
}

/// The content of a compressed message.
fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    // A final block may end a message, with a byte behind it (RFC 7692, 7.2.3.4).
    let mut content = encoder.finish().unwrap();
    content.push(0);
    content
}

/// Connects with these extensions, lets the server send bytes, and connects again without. Returns the reason and the error.
async fn broken(extensions: &str, hostile: &[u8]) -> (Reason, TransportError) {
    let server = Scripted::start().await;
    let client = client(&server).build().unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    socket.start();
    let stream = accept(&server, extensions).await;
    let mut conn = Conn::over(stream).await;
    conn.send(HANDSHAKE).await;
    conn.accept_namespace("/").await;
    assert!(matches!(
        next_change(&mut events).await,
        Event::Connected(_)
    ));
    let mut stream = conn.into_stream();
    // The client may close before it has read all.
    let _ = guarded(stream.write_all(hostile)).await;
    let told = match next_change(&mut events).await {
        Event::Disconnected { reason, error, .. } => (reason, error.unwrap()),
        other => panic!("{other:?}"),
    };
    socket.emit("kept", ()).await.unwrap();
    let mut conn = server.accept_namespace("/").await;
    assert_eq!(conn.text().await, r#"42["kept"]"#);
    told
}

const AGREED: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

#[test]
fn frames_that_break_the_agreement_end_the_connection_and_nothing_is_lost() {
    run(async {
        let event = compressed(br#"42["event"]"#);
        for (extensions, frames) in [
            // None was agreed upon.
            ("", frame(TEXT | COMPRESSED, &event)),
            // The bit is of the first part alone, and of messages.
            (
                AGREED,
                [frame(FIRST, b"42"), frame(LAST | COMPRESSED, &event)].concat(),
            ),
            (
                AGREED,
                [
                    frame(FIRST | COMPRESSED, &event[..3]),
                    frame(LAST | COMPRESSED, &event[3..]),
                ]
                .concat(),
            ),
            (AGREED, vec![PING | COMPRESSED, 1, b'x']),
            // The bits of no extension.
            (AGREED, frame(TEXT | COMPRESSED | 0x20, &event)),
            (AGREED, frame(TEXT | 0x10, b"42")),
            // No stream of deflate, and a reference to before the first message.
            (AGREED, frame(TEXT | COMPRESSED, &[0xff; 40])),
            (AGREED, frame(TEXT | COMPRESSED, b"\xf2\x00\x11\x00\x00")),
            // Text that is not UTF-8.
            (
                AGREED,
                frame(TEXT | COMPRESSED, &compressed(b"42[\"\xff\"]")),
            ),
        ] {
            let case = format!("{extensions:?}, {frames:02x?}");
            let (reason, error) = broken(extensions, &frames).await;
            assert_eq!(reason, Reason::TransportError, "{case}");
            assert!(
                matches!(error, TransportError::WebSocket(_)),
                "{case}: {error:?}"
            );
        }
    });
}

#[test]
fn a_bomb_ends_the_connection_as_any_packet_that_is_too_large() {
    run(async {
        let bomb = compressed(&vec![b'4'; 10_000_000]);
        assert!(bomb.len() < LIMIT);
        let whole = frame(TEXT | COMPRESSED, &bomb);
        let parts = [
            frame(FIRST | COMPRESSED, &bomb[..1_000]),
            frame(LAST, &bomb[1_000..]),
        ];
        for frames in [whole, parts.concat()] {
            let (reason, error) = broken(AGREED, &frames).await;
            assert_eq!(reason, Reason::ParseError);
            assert!(
                matches!(error, TransportError::TooLarge(LIMIT)),
                "{error:?}"
            );
        }
    });
}

#[test]
fn an_answer_that_breaks_the_offer_is_the_error_of_the_attempt() {
    run(async {
        for answer in [
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; level=9",
            "permessage-deflate, permessage-deflate",
            "x-webkit-deflate-frame",
        ] {
            let server = Scripted::start().await;
            let connecting = client(&server).reconnection(false).connect();
            let extensions = format!("Sec-WebSocket-Extensions: {answer}\r\n");
            let (failed, _stream) = tokio::join!(guarded(connecting), accept(&server, &extensions));
            match failed.unwrap_err() {
                ConnectError::Unreachable {
                    source: TransportError::WebSocket(why),
                    ..
                } => assert!(why.contains(answer), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    });
}
