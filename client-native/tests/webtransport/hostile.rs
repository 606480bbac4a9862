//! Servers that break HTTP/3, or flood: each ends its session with an error, in time and without a panic, and the next one opens.

use std::time::Duration;

use tidewire::{ConnectError, Event, Reason, TransportError};
use wtransport::quinn::VarInt;

use crate::http3::{ACCEPTED, Http3, SETTINGS, Session};
use crate::support::clock::elapses;
use crate::support::events::next_change;
use crate::support::{guarded, run, run_on_one_thread, spawn};

/// A HEADERS frame with these bytes of QPACK.
fn headers(qpack: &[u8]) -> Vec<u8> {
    frame(1, qpack)
}

fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    varint(content.len(), &mut frame);
    frame.extend_from_slice(content);
    frame
}

/// An integer of QUIC, in four bytes.
fn varint(value: usize, out: &mut Vec<u8>) {
    let value = u32::try_from(value).unwrap() | 0x8000_0000;
    out.extend_from_slice(&value.to_be_bytes());
}

/// A DATA frame with a capsule that closes the session.
fn close_capsule(content: &[u8]) -> Vec<u8> {
    let mut capsule = vec![0x68, 0x43];
    varint(content.len(), &mut capsule);
    capsule.extend_from_slice(content);
    frame(0, &capsule)
}

/// How a server goes on after it has sent bytes.
#[derive(Clone, Copy, Debug)]
enum Then {
    Waits,
    Ends,
    Resets(u64),
}

/// The error of a client whose request for a session is answered so, in every try.
async fn refusal(control: &[u8], answer: Vec<u8>, then: Then) -> String {
    let server = Http3::start();
    let connecting = server.client().reconnection(false).connect();
    let control = control.to_vec();
    let answering = async {
        let mut held = Vec::new();
        loop {
            let Some(mut request) = server.accept(&control).await else {
                continue;
            };
            request.send(&answer).await;
            match then {
                Then::Waits => {}
                Then::Ends => drop(request.to_client.finish()),
                Then::Resets(code) => {
                    drop(request.to_client.reset(VarInt::from_u64(code).unwrap()));
                }
            }
            held.push(request);
        }
    };
    let failed = tokio::select! {
        connected = guarded(connecting) => connected.unwrap_err(),
        () = answering => unreachable!("it does not end"),
    };
    match failed {
        ConnectError::Unreachable {
            source: TransportError::WebTransport(why),
            ..
        } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_that_breaks_http_3_is_an_error() {
    run(async {
        // An integer that does not end within 64 bits, and one that is too large.
        let endless = [&b"\x00\x00\xff"[..], &[0x80; 40], b"\x01"].concat();
        let huge = [&b"\x00\x00\xff"[..], &[0xff; 12], b"\x7f"].concat();
        for (answer, then) in [
            (Vec::new(), Then::Ends),
            (Vec::new(), Then::Resets(0)),
            (Vec::new(), Then::Resets((1 << 62) - 1)),
            (ACCEPTED[..3].to_vec(), Then::Ends),
            (headers(b""), Then::Waits),
            (headers(b"\x00\x00"), Then::Waits),
            // The static table has 99 entries, and there is no other one.
            (headers(b"\x00\x00\xff\xff\x00"), Then::Waits),
            (headers(b"\x00\x00\x80"), Then::Waits),
            (headers(&endless), Then::Waits),
            (headers(&huge), Then::Waits),
            // Texts that are longer than their frame, in Huffman's code and without.
            (headers(b"\x00\x00\x2f\xff\xff\xff\x0f"), Then::Waits),
            (headers(b"\x00\x00\x27\xff\xff\xff\x0f"), Then::Waits),
            (
                headers(b"\x00\x00\x2b\xff\xff\xff\x84\xff\xff\xff\xff"),
                Then::Waits,
            ),
            // A gibibyte, and the most that the length can say.
            (b"\x01\xbf\xff\xff\xff".to_vec(), Then::Waits),
            (
                b"\x01\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
                Then::Waits,
            ),
            // DATA before HEADERS, SETTINGS on a request, a stream's head in the place of a frame.
            (frame(0, b"data"), Then::Waits),
            (frame(4, b""), Then::Waits),
            (b"\x40\x41\x00".to_vec(), Then::Waits),
        ] {
            let case = format!("{answer:02x?}, {then:?}");
            let why = refusal(SETTINGS, answer, then).await;
            assert!(!why.is_empty(), "{case}");
        }
    });
}

#[test]
fn a_control_stream_that_breaks_http_3_is_an_error() {
    run(async {
        for control in [
            // Not SETTINGS first; SETTINGS twice; settings that are not whole, or twice there, or of HTTP/2.
            &b"\x00\x07\x01\x00"[..],
            b"\x00\x04\x00\x04\x00",
            b"\x00\x04\x01\x08",
            b"\x00\x04\x04\x08\x01\x08\x00",
            b"\x00\x04\x02\x02\x00",
            b"\x00\x04\xbf\xff\xff\xff",
        ] {
            let why = refusal(control, Vec::new(), Then::Waits).await;
            assert!(!why.is_empty(), "{control:02x?}");
        }
    });
}

#[test]
fn an_error_of_http_3_before_the_response_has_a_second_try() {
    run(async {
        let server = Http3::start();
        let opening = async {
            let mut first = server.accept(SETTINGS).await.unwrap();
            // SETTINGS may come once.
            guarded(first.control.write_all(b"\x04\x00")).await.unwrap();
            server.connect().await
        };
        let connecting = guarded(server.client().reconnection(false).connect());
        let (socket, mut session) = tokio::join!(connecting, opening);
        socket.unwrap().emit("still", ()).await.unwrap();
        session.expect(b"\x0b42[\"still\"]").await;
    });
}

/// Connects, lets the server break the session, and connects again. Returns the reason and the error.
async fn broken(hostile: impl AsyncFnOnce(&mut Session)) -> (Reason, TransportError) {
    let server = Http3::start();
    let (socket, mut session) = server.connected().await;
    let mut events = socket.events();
    hostile(&mut session).await;
    let told = match next_change(&mut events).await {
        Event::Disconnected { reason, error, .. } => (reason, error.unwrap()),
        other => panic!("{other:?}"),
    };
    socket.emit("kept", ()).await.unwrap();
    let mut next = server.connect().await;
    next.expect(b"\x0a42[\"kept\"]").await;
    told
}

#[test]
fn a_session_that_breaks_http_3_ends_with_its_error_and_the_next_one_opens() {
    run(async {
        let too_long = [&[0; 4][..], &[b'x'; 1_025]].concat();
        for answer in [
            // Closes without a code, with a text that is none, and with one that is too long.
            close_capsule(b"\x00"),
            close_capsule(b"\x00\x00\x00\x01\xff\xfe"),
            close_capsule(&too_long),
            // A frame that is larger than HTTP/3's heads may be.
            b"\x00\xbf\xff\xff\xff".to_vec(),
        ] {
            let case = format!("{answer:02x?}");
            let send = async |session: &mut Session| session.request.send(&answer).await;
            let (reason, error) = broken(send).await;
            assert_eq!(reason, Reason::TransportError, "{case}");
            assert!(
                matches!(error, TransportError::WebTransport(_)),
                "{error:?}"
            );
        }
        let end = async |session: &mut Session| drop(session.request.control.finish());
        assert_eq!(broken(end).await.0, Reason::TransportError);
        let reset = async |session: &mut Session| {
            drop(session.request.control.reset(VarInt::MAX));
        };
        assert_eq!(broken(reset).await.0, Reason::TransportError);
        let datagram = async |session: &mut Session| {
            // Not even the number of a session.
            let empty = session.request.connection.send_datagram(Vec::new().into());
            empty.unwrap();
        };
        assert_eq!(broken(datagram).await.0, Reason::TransportError);
    });
}

#[test]
fn a_session_may_be_closed_with_every_code_and_text() {
    run(async {
        let text = "é".repeat(512);
        let longest = [&[0xff; 4][..], text.as_bytes()].concat();
        let close = async |session: &mut Session| {
            session.request.send(&close_capsule(&longest)).await;
        };
        let (reason, error) = broken(close).await;
        assert_eq!(reason, Reason::TransportClose);
        let TransportError::WebTransportClosed(code, kept) = error else {
            panic!("{error:?}")
        };
        assert_eq!(code, u64::from(u32::MAX));
        assert!(text.starts_with(kept.trim_end_matches('…')), "{kept}");
        let end = async |session: &mut Session| drop(session.request.to_client.finish());
        let (reason, error) = broken(end).await;
        assert_eq!(reason, Reason::TransportClose);
        assert_eq!(error.to_string(), "the server closed the WebTransport");
    });
}

#[test]
fn a_stream_may_be_given_up_with_every_code() {
    run(async {
        for code in [VarInt::from_u32(0), VarInt::from_u32(u32::MAX), VarInt::MAX] {
            let reset = async |session: &mut Session| {
                session.to_client.reset(code).unwrap();
            };
            let (reason, error) = broken(reset).await;
            assert_eq!(reason, Reason::TransportClose, "{code}");
            assert!(error.to_string().contains("given the stream up"), "{error}");
        }
    });
}

#[test]
fn thousands_of_streams_and_datagrams_are_ignored() {
    const STREAMS: usize = 3_000;
    run(async {
        let server = Http3::start();
        let (socket, mut session) = server.connected().await;
        let mut events = socket.events();
        for number in 0..STREAMS {
            // Of an unknown kind, as a server sends that tests whether clients ignore it (RFC 9114, 6.2.3).
            session.stream(b"\x21more").await.unwrap();
            let datagram = [&[0; 1][..], &[7; 1_000]].concat();
            let sent = session.request.connection.send_datagram(datagram.into());
            sent.unwrap_or_else(|error| panic!("{number}: {error}"));
        }
        session.send(r#"42["last"]"#).await;
        assert_eq!(guarded(events.message()).await.unwrap().name(), "last");
        socket.emit("still", ()).await.unwrap();
        session.expect(b"\x0b42[\"still\"]").await;
    });
}

#[test]
fn unread_streams_are_limited_and_the_session_goes_on() {
    run(async {
        let server = Http3::start();
        let (socket, mut session) = server.connected().await;
        let mut events = socket.events();
        // WebTransport's own streams, of this session.
        let connection = session.request.connection.clone();
        let opening = spawn(async move {
            let mut opened = Vec::new();
            while let Ok(mut stream) = connection.open_uni().await {
                if stream.write_all(b"\x40\x54\x00more").await.is_ok() {
                    opened.push(stream);
                }
                assert!(opened.len() < 100, "the client takes any number of streams");
            }
            opened.len()
        });
        for _ in 0..10 {
            session.send(r#"42["between"]"#).await;
            assert_eq!(guarded(events.message()).await.unwrap().name(), "between");
        }
        session
            .request
            .send(&close_capsule(b"\x00\x00\x00\x07bye"))
            .await;
        let Event::Disconnected { reason, error, .. } = next_change(&mut events).await else {
            panic!("it goes on")
        };
        assert_eq!(reason, Reason::TransportClose);
        let closed = "the server closed the WebTransport with code 7: bye";
        assert_eq!(error.unwrap().to_string(), closed);
        session.closed().await;
        let opened = guarded(opening).await;
        assert!(opened <= 8, "{opened} streams");
    });
}

#[test]
fn half_a_frame_and_then_silence_end_with_the_heartbeat() {
    run_on_one_thread(async {
        let server = Http3::start();
        let (socket, mut session) = server.connected().await;
        let mut events = socket.events();
        let half = guarded(session.to_client.write_all(b"\x7e\x03\xe842[\"half")).await;
        half.unwrap();
        // A ping each 25 s, which may be 20 s late.
        let change = elapses(Duration::from_secs(50), next_change(&mut events)).await;
        let Some(Event::Disconnected { reason, .. }) = change else {
            panic!("{change:?}")
        };
        assert_eq!(reason, Reason::PingTimeout);
    });
}
