//! Hints: facts that the application knows and no packet carries.

use std::time::Duration;

use tidewire::{AckError, Hint, Reason};

use crate::connected;
use crate::support::events::{expect_connected, expect_disconnected};
use crate::support::scripted::Scripted;
use crate::support::{reconnect_after, run, run_on_one_thread};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn online_ends_the_pause_before_the_next_attempt() {
    run(async {
        let server = Scripted::start().await;
        let builder = reconnect_after(server.client("/"), HOUR);
        let (socket, mut events, conn) = server.connect_with_events(builder).await;
        drop(conn);
        expect_disconnected(&mut events).await;
        socket.client().hint(Hint::Online);
        let _conn = server.accept_namespace("/").await;
        expect_connected(&mut events).await;
    });
}

#[test]
fn offline_ends_the_connection_and_reconnects() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        socket.client().hint(Hint::Offline);
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::TransportClose
        );
        // The client also closes its side, in case the network still works.
        while conn.next().await.is_some() {}
        let _conn = server.accept_namespace("/").await;
        expect_connected(&mut events).await;
    });
}

#[test]
fn in_the_background_no_attempt_begins_until_the_foreground() {
    run_on_one_thread(async {
        let (server, socket, conn) = connected().await;
        let mut events = socket.events();
        socket.client().hint(Hint::Background);
        drop(conn);
        expect_disconnected(&mut events).await;
        server.expect_no_attempt().await;
        socket.client().hint(Hint::Foreground);
        let _conn = server.accept_namespace("/").await;
        expect_connected(&mut events).await;
    });
}

#[test]
fn in_the_foreground_an_eio3_server_is_pinged_at_once() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.accept_eio3());
        // The next ping would be due in 25 s.
        socket.unwrap().client().hint(Hint::Foreground);
        assert_eq!(conn.text().await, "2");
    });
}

#[test]
fn volatile_events_are_dropped_while_the_transport_is_congested() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        socket.client().hint(Hint::Congested);
        socket.emit_volatile("dropped", ()).await.unwrap();
        let ack = socket.emit_with_ack::<()>("dropped", ()).volatile().await;
        assert!(matches!(ack, Err(AckError::Dropped { .. })));
        socket.emit("plain", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["plain"]"#);
        socket.client().hint(Hint::Writable);
        socket.emit_volatile("sent", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["sent"]"#);
    });
}
