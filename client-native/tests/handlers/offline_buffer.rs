//! The offline buffer: listing it, clearing it, and its policies when it is full.

use tidewire::{AckError, Builder, EmitError, Event, Events, Misuse, OfflinePolicy, SocketError};

use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

/// The next event is `SocketError::Dropped`; returns the name of the dropped event.
async fn expect_dropped(events: &mut Events) -> String {
    match guarded(events.next()).await {
        Some(Event::Error(SocketError::Dropped { event })) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn buffered_events_can_be_listed_and_cleared() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let (socket, other) = (client.socket(), client.namespace("/other"));
        assert!(socket.offline_buffer().await.is_empty());
        socket.emit("first", 1).await.unwrap();
        socket.emit("with \"quotes\" é", ()).await.unwrap();
        socket.emit_volatile("volatile", ()).await.unwrap();
        other.emit("elsewhere", ()).await.unwrap();
        let request = tokio::spawn(socket.emit_with_ack::<()>("acked", ()));
        // The task may not have emitted yet.
        let mut names = Vec::new();
        while names.len() < 3 {
            names = socket.offline_buffer().await;
        }
        assert_eq!(names, ["first", "with \"quotes\" é", "acked"]);
        socket.clear_offline_buffer();
        assert!(matches!(
            guarded(request).await.unwrap(),
            Err(AckError::Dropped { .. })
        ));
        assert!(socket.offline_buffer().await.is_empty());
        assert_eq!(other.offline_buffer().await, ["elsewhere"]);

        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["last"]"#);
        // Sent events are not in the buffer.
        assert!(socket.offline_buffer().await.is_empty());
        socket.clear_offline_buffer();
        socket.emit("and more", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["and more"]"#);
    });
}

/// Emits `a`, `b` and `c` while disconnected; returns the buffered ones, which the server has then received.
async fn fill_and_connect(
    builder: Builder,
    server: &Scripted,
) -> (Vec<String>, Events, [Result<(), EmitError>; 3]) {
    let client = builder.build().unwrap();
    let socket = client.socket();
    let events = socket.events();
    let outcomes = [
        socket.emit("a", ()).await,
        socket.emit("b", ()).await,
        socket.emit("c", ()).await,
    ];
    let names = socket.offline_buffer().await;
    let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
    outcome.unwrap();
    socket.emit("end", ()).await.unwrap();
    for name in names.iter().map(String::as_str).chain(["end"]) {
        assert_eq!(conn.text().await, format!(r#"42["{name}"]"#));
    }
    // The test accepts another client next.
    tokio::join!(client.close(), async {
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
    (names, events, outcomes)
}

#[test]
fn the_policy_chooses_the_event_that_a_full_buffer_drops() {
    run(async {
        let server = Scripted::start().await;
        // Limited to two events, and to ten bytes: each event has five.
        for (events, bytes) in [(2, 1_000), (1_000, 10)] {
            let builder = || {
                server
                    .client("/")
                    .offline_events(events)
                    .offline_bytes(bytes)
            };
            let (kept, _, outcomes) = fill_and_connect(builder(), &server).await;
            assert_eq!(kept, ["a", "b"]);
            let refused = Err(EmitError::Refused(Misuse::BufferFull));
            assert_eq!(outcomes, [Ok(()), Ok(()), refused]);

            let oldest = builder().offline_policy(OfflinePolicy::DropOldest);
            let (kept, mut events, outcomes) = fill_and_connect(oldest, &server).await;
            assert_eq!(kept, ["b", "c"]);
            assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
            assert_eq!(expect_dropped(&mut events).await, "a");

            let newest = builder().offline_policy(OfflinePolicy::DropNewest);
            let (kept, mut events, outcomes) = fill_and_connect(newest, &server).await;
            assert_eq!(kept, ["a", "b"]);
            assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
            assert_eq!(expect_dropped(&mut events).await, "c");
        }
    });
}

#[test]
fn dropping_a_buffered_event_ends_its_ack_request() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").offline_events(1).offline_bytes(1_000);
        let client = builder
            .offline_policy(OfflinePolicy::DropOldest)
            .build()
            .unwrap();
        let socket = client.socket();
        let request = tokio::spawn(socket.emit_with_ack::<()>("older", ()));
        while socket.offline_buffer().await.is_empty() {}
        socket.emit("newer", ()).await.unwrap();
        assert!(matches!(
            guarded(request).await.unwrap(),
            Err(AckError::Dropped { .. })
        ));
        assert_eq!(socket.offline_buffer().await, ["newer"]);
    });
}
