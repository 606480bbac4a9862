//! A server that attacks below Engine.IO, on aioquic: its HTTP/3 shares no code with the client's, and breaks its rules otherwise than
//! `hostile` can. The attacks are in `server-testbed/peers/python/webtransport_hostile.py`.

use tidewire::{Builder, ConnectError, Event, Events, Reason, Socket, TransportError};

use crate::scripted::stranger;
use crate::support::certificate::hash;
use crate::support::events::next_named;
use crate::support::peer::Peer;
use crate::support::{guarded, run};

/// The error of wtransport that is the server's fault.
const BREAKS: &str = "the WebTransport failed: the server breaks HTTP/3, or uses a part that this client does not know, such as GOAWAY: ";

fn start() -> Peer {
    Peer::python("env-quic", "webtransport_hostile.py", 0, &[])
}

/// A client that suffers an attack.
fn client(server: &Peer, attack: &str) -> Builder {
    stranger(server.port)
        .server_certificate_hashes([hash(&server.certificate).unwrap()])
        .query("attack", attack)
}

/// The error of a client whose session the server does not open.
async fn refusal(server: &Peer, attack: &str) -> String {
    let connecting = client(server, attack).reconnection(false).connect();
    match guarded(connecting).await.unwrap_err() {
        ConnectError::Unreachable { source, .. } => source.to_string(),
        other => panic!("{attack}: {other:?}"),
    }
}

#[test]
fn a_session_that_is_not_opened_has_an_error() {
    const REFUSES: &str = "the WebTransport failed: the server speaks HTTP/3, and refuses the session: is the path right (see Builder::path)?";
    const ENDS: &str = "the WebTransport failed: the server speaks HTTP/3, and ends the request for a session without a response: has it WebTransport?";
    run(async {
        let server = start();
        for (attack, expected) in [
            ("status-302", REFUSES),
            ("status-403", REFUSES),
            ("status-404", REFUSES),
            ("status-500", REFUSES),
            ("huge-headers", &format!("{BREAKS}ExcessiveLoad")),
            ("many-headers", &format!("{BREAKS}ExcessiveLoad")),
            ("longest-headers", &format!("{BREAKS}ExcessiveLoad")),
            ("no-status", &format!("{BREAKS}MessageError")),
            ("early-reset", ENDS),
            ("early-end", ENDS),
            ("early-close", "the server closed the WebTransport: full"),
            (
                "excessive-load",
                "the WebTransport failed: the server closed HTTP/3 with an error (excessive load): too many",
            ),
        ] {
            assert_eq!(refusal(&server, attack).await, expected, "{attack}");
        }
        // wtransport may find the request's stream closed before it tells why.
        let early = refusal(&server, "early-goaway").await;
        assert!(early == ENDS || early.starts_with(BREAKS), "{early}");
    });
}

#[test]
fn a_session_that_is_not_opened_in_time_has_an_error() {
    const LATE: &str = "the WebTransport failed: no session within 5s";
    run(async {
        let server = start();
        let errors = tokio::join!(
            refusal(&server, "early-stop"),
            refusal(&server, "endless-headers"),
        );
        assert_eq!(errors, (LATE.to_owned(), LATE.to_owned()));
    });
}

/// Connects, and lets the server attack.
async fn attacked(server: &Peer, attack: &str) -> (Socket, Events) {
    let connected = guarded(client(server, attack).connect()).await;
    let socket = connected.unwrap_or_else(|error| panic!("{attack}: {error:?}"));
    let events = socket.events();
    socket.emit("attack", ()).await.unwrap();
    (socket, events)
}

/// Awaits that the server answers an event.
async fn goes_on(socket: &Socket, events: &mut Events) {
    socket.emit("still", ()).await.unwrap();
    next_named(events, "still").await;
}

#[test]
fn floods_and_harmless_parts_of_http_3_are_ignored() {
    run(async {
        let server = start();
        for attack in [
            "datagrams",
            "foreign-datagrams",
            "streams",
            "foreign-streams",
            "reserved-streams",
            "reserved-frames",
            "frames-of-the-request",
            "unknown-capsule",
            "trailers",
            "stop-request",
            "migration",
        ] {
            let (socket, mut events) = attacked(&server, attack).await;
            next_named(&mut events, "done").await;
            goes_on(&socket, &mut events).await;
            guarded(socket.client().close()).await;
        }
    });
}

/// The reason and the error with which a session ends. The next one opens.
async fn ending(server: &Peer, attack: &str) -> (Reason, TransportError) {
    let (socket, mut events) = attacked(server, attack).await;
    let told = loop {
        match guarded(events.next()).await.unwrap() {
            Event::Disconnected { reason, error, .. } => break (reason, error.unwrap()),
            Event::Message(_) => {}
            other => panic!("{attack}: {other:?}"),
        }
    };
    goes_on(&socket, &mut events).await;
    guarded(socket.client().close()).await;
    told
}

#[test]
fn a_session_that_breaks_ends_with_its_error_and_the_next_one_opens() {
    run(async {
        let server = start();
        for (attack, error) in [
            ("goaway", "FrameUnexpectedError"),
            ("short-goaway", "FrameUnexpectedError"),
            ("large-reserved-frame", "ExcessiveLoad"),
            ("settings", "FrameUnexpectedError"),
            ("huge-settings", "ExcessiveLoad"),
            ("longest-settings", "ExcessiveLoad"),
            ("cancel-push", "FrameUnexpectedError"),
            ("second-control", "StreamCreationError"),
            ("push", "StreamCreationError"),
            ("longest-data", "ExcessiveLoad"),
            ("longest-reserved", "ExcessiveLoad"),
            ("reset-control", "ClosedCriticalStreamError"),
            ("reset-encoder", "ClosedCriticalStreamError"),
            ("reset-request", "ClosedCriticalStreamError"),
            ("empty-datagram", "DatagramError"),
        ] {
            let (reason, told) = ending(&server, attack).await;
            assert_eq!(reason, Reason::TransportError, "{attack}");
            assert_eq!(told.to_string(), format!("{BREAKS}{error}"), "{attack}");
        }
        let (reason, told) = ending(&server, "longest-packet").await;
        assert_eq!(reason, Reason::TransportError);
        assert!(matches!(told, TransportError::BadPacket), "{told:?}");
    });
}

#[test]
fn a_session_that_the_server_ends_has_the_servers_words() {
    const ENDED: &str = "the server closed the WebTransport";
    run(async {
        let server = start();
        for (attack, text) in [
            ("end-request", ""),
            ("end-amid-a-packet", ""),
            ("close-amid-a-packet", ": restarting"),
            // The code of a capsule is the application's: this one is also that of an internal error of HTTP/3.
            ("capsule", " with code 258: bye"),
            // wtransport reads a capsule in one piece only.
            ("capsule-in-pieces", ""),
            ("close", " with code 7: bye"),
            ("no-error", ""),
            (
                "longest-close",
                &format!(" with code 4611686018427387903: {}", "x".repeat(200)),
            ),
        ] {
            let (reason, told) = ending(&server, attack).await;
            assert_eq!(reason, Reason::TransportClose, "{attack}");
            assert_eq!(told.to_string(), format!("{ENDED}{text}"), "{attack}");
        }
    });
}

#[test]
fn an_error_that_the_server_finds_is_named() {
    run(async {
        let server = start();
        let (reason, told) = ending(&server, "internal-error").await;
        assert_eq!(reason, Reason::TransportError);
        let text = "the WebTransport failed: the server closed HTTP/3 with an error (internal error): a bug";
        assert_eq!(told.to_string(), text);
        // QUIC's own, whose text could control a terminal.
        let (reason, told) = ending(&server, "quic-error").await;
        assert_eq!(reason, Reason::TransportError);
        let text = told.to_string();
        assert!(text.contains("a bug") && text.len() < 400, "{text}");
        assert!(!text.contains(char::is_control), "{text:?}");
    });
}

#[test]
fn a_stream_that_the_server_gives_up_ends_the_session() {
    run(async {
        let server = start();
        let (reason, told) = ending(&server, "reset-amid-a-packet").await;
        assert_eq!(reason, Reason::TransportClose);
        assert!(told.to_string().contains("given the stream up"), "{told}");
        // A stream that is not read any more is noticed when the client writes.
        let (socket, mut events) = attacked(&server, "stop").await;
        let (reason, told) = loop {
            socket.emit("lost", ()).await.unwrap();
            match guarded(events.next()).await.unwrap() {
                Event::Disconnected { reason, error, .. } => break (reason, error.unwrap()),
                Event::Message(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(reason, Reason::TransportClose);
        assert!(told.to_string().contains("given the stream up"), "{told}");
        goes_on(&socket, &mut events).await;
    });
}
