//! UDP sockets: a client's sessions share one, until a server does not answer it.

use std::net::UdpSocket;
use std::time::Duration;

use wtransport::VarInt;

use crate::scripted::Scripted;
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
