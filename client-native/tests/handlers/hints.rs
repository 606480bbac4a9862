//! Hints: what the application knows and no packet tells.

use std::time::Duration;

use tidewire::{Event, Hint, Reason};

use crate::connected;
use crate::support::scripted::Scripted;
use crate::support::{next_change, run};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn online_ends_the_pause_before_the_next_attempt() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .reconnection_delay(HOUR)
            .reconnection_delay_max(HOUR);
        let (socket, conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let mut events = socket.events();
        drop(conn);
        let change = next_change(&mut events).await;
        assert!(matches!(change, Event::Disconnected { .. }), "{change:?}");
        socket.client().hint(Hint::Online);
        let _conn = server.let_in("/").await;
        let change = next_change(&mut events).await;
        assert!(matches!(change, Event::Connected(_)), "{change:?}");
    });
}

#[test]
fn offline_takes_the_connection_for_lost() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        socket.client().hint(Hint::Offline);
        let change = next_change(&mut events).await;
        assert!(
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::TransportClose,
                    ..
                }
            ),
            "{change:?}"
        );
        // The server hears of it if it can be reached after all.
        while conn.next().await.is_some() {}
        let _conn = server.let_in("/").await;
        let change = next_change(&mut events).await;
        assert!(matches!(change, Event::Connected(_)), "{change:?}");
    });
}

#[test]
fn in_the_background_no_attempt_begins_until_the_foreground() {
    run(async {
        let (server, socket, conn) = connected().await;
        let mut events = socket.events();
        socket.client().hint(Hint::Background);
        drop(conn);
        let change = next_change(&mut events).await;
        assert!(matches!(change, Event::Disconnected { .. }), "{change:?}");
        // An absence: many times the pause of 1 ms.
        let nothing = tokio::time::timeout(Duration::from_millis(200), server.accept_tcp()).await;
        assert!(nothing.is_err());
        socket.client().hint(Hint::Foreground);
        let _conn = server.let_in("/").await;
        let change = next_change(&mut events).await;
        assert!(matches!(change, Event::Connected(_)), "{change:?}");
    });
}

#[test]
fn in_the_foreground_a_server_of_2_x_is_pinged_at_once() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.open_old());
        // Its next ping would be due in 25 seconds.
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
        let asked = socket.emit_with_ack::<()>("dropped", ()).volatile().await;
        assert!(matches!(asked, Err(tidewire::AckError::Dropped { .. })));
        socket.emit("kept", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["kept"]"#);
        socket.client().hint(Hint::Writable);
        socket.emit_volatile("sent", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["sent"]"#);
    });
}
