//! UDP sockets: a client's sessions and attempts share one, until a server does not answer it.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use tidewire::{Client, Event, Transport};
use wtransport::VarInt;

use crate::falling_back::{ALL, silent_beside, start, upgraded};
use crate::scripted::{Scripted, stranger};
use crate::support::clock::elapses;
use crate::support::{guarded, run, run_on_one_thread, yield_now};

#[test]
fn a_session_takes_the_socket_of_the_one_before() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, mut conn) = server.connect().await;
        let address = conn.connection.remote_address();
        for number in 0..3 {
            conn.connection.close(VarInt::from_u32(0), b"");
            conn = server.accept().await;
            assert_eq!(conn.connection.remote_address(), address);
            socket.emit("say", number).await.unwrap();
            assert_eq!(conn.text().await, Some(format!(r#"42["say",{number}]"#)));
        }
    });
}

#[test]
fn a_session_takes_the_socket_of_one_that_closes() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, mut conn) = server.connect().await;
        let address = conn.connection.remote_address();
        for _ in 0..3 {
            guarded(socket.disconnect()).await;
            let (connected, next) = tokio::join!(guarded(socket.connect()), server.accept());
            connected.unwrap();
            conn = next;
            assert_eq!(conn.connection.remote_address(), address);
        }
    });
}

/// The ports from which the packets come that wait in a socket.
fn ports(silent: &UdpSocket) -> BTreeSet<u16> {
    silent.set_nonblocking(true).unwrap();
    let mut packet = [0; 2_000];
    std::iter::from_fn(|| silent.recv_from(&mut packet).ok())
        .map(|(_, from)| from.port())
        .collect()
}

/// Lets a client try for a time to reach a server that does not answer. Returns the ports of all tries.
async fn ports_of_attempts(span: Duration, limit: Duration) -> BTreeSet<u16> {
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let builder = stranger(silent.local_addr().unwrap().port()).connect_timeout(limit);
    let socket = builder.build().unwrap().socket();
    let mut events = socket.events();
    socket.start();
    let (mut attempts, mut seen) = (0, BTreeSet::new());
    let counting = async {
        loop {
            if let Some(Event::ConnectError(_)) = events.next().await {
                attempts += 1;
                seen.append(&mut ports(&silent));
            }
        }
    };
    assert!(elapses(span, counting).await.is_none());
    assert!(attempts >= 5, "{attempts}");
    seen
}

#[test]
fn attempts_that_get_no_answer_share_a_socket_for_10_seconds() {
    run_on_one_thread(async {
        let attempts =
            |seconds| ports_of_attempts(Duration::from_secs(seconds), Duration::from_millis(500));
        assert_eq!(attempts(9).await.len(), 1);
        assert_eq!(attempts(29).await.len(), 3);
    });
}

#[test]
fn a_long_attempt_has_one_new_socket() {
    run_on_one_thread(async {
        // The first attempt has two. Each takes 5 s.
        let span = Duration::from_secs(40);
        let ports = ports_of_attempts(span, Duration::from_secs(20)).await;
        assert!((8..=9).contains(&ports.len()), "{ports:?}");
    });
}

#[test]
fn a_session_on_another_transport_frees_the_socket() {
    run(async {
        let server = start();
        let silent = silent_beside(&server);
        let url = format!("http://127.0.0.1:{}/lab", server.port);
        let socket = Client::builder(url)
            .transports(ALL)
            .build()
            .unwrap()
            .socket();
        let mut events = socket.events();
        guarded(socket.connect()).await.unwrap();
        while socket.client().transport() != Some(Transport::WebSocket) {
            upgraded(&mut events).await;
        }
        let ports = ports(&silent);
        assert_eq!(ports.len(), 1);
        // QUIC repeats that it gives up, for 3 s.
        guarded(async {
            while ports
                .iter()
                .any(|&port| UdpSocket::bind(("0.0.0.0", port)).is_err())
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    });
}

#[test]
fn a_socket_that_gets_no_answer_is_left() {
    run_on_one_thread(async {
        let server = Scripted::start();
        let (socket, _events, conn) = server.connect().await;
        let first = conn.connection.remote_address();
        conn.connection.close(VarInt::from_u32(0), b"");
        let opening = async {
            let held = server.accept_request().await;
            (held.remote_address(), server.accept().await)
        };
        // More than the first try has.
        let opened = elapses(Duration::from_secs(5), opening).await;
        let (tried, mut conn) = opened.expect("a session in time");
        assert_eq!(tried, first);
        let second = conn.connection.remote_address();
        assert_ne!(second, first);
        socket.emit("still", ()).await.unwrap();
        assert_eq!(conn.text().await.as_deref(), Some(r#"42["still"]"#));
        conn.connection.close(VarInt::from_u32(0), b"");
        let conn = server.accept().await;
        assert_eq!(conn.connection.remote_address(), second);
    });
}

#[test]
fn a_client_that_is_closed_frees_its_socket() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, conn) = server.connect().await;
        let port = conn.connection.remote_address().port();
        assert!(UdpSocket::bind(("0.0.0.0", port)).is_err());
        guarded(socket.client().close()).await;
        guarded(async {
            while UdpSocket::bind(("0.0.0.0", port)).is_err() {
                yield_now().await;
            }
        })
        .await;
    });
}
