//! Events that wait for the connection: who sees them, who drops them, and who is told.

use tidewire::{Builder, EmitError, Event, Events, Misuse, OfflinePolicy, SocketError};

use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

/// The next event that gave way.
async fn dropped(events: &mut Events) -> String {
    match guarded(events.next()).await {
        Some(Event::Error(SocketError::Dropped { event })) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_waits_is_listed_and_can_be_forgotten() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let (socket, other) = (client.socket(), client.namespace("/other"));
        assert!(socket.offline_buffer().await.is_empty());
        socket.emit("first", 1).await.unwrap();
        socket.emit("with \"quotes\" é", ()).await.unwrap();
        socket.emit_volatile("never kept", ()).await.unwrap();
        other.emit("elsewhere", ()).await.unwrap();
        let asked = tokio::spawn(socket.emit_with_ack::<()>("asked", ()));
        // The other task may be slower.
        let mut names = Vec::new();
        while names.len() < 3 {
            names = socket.offline_buffer().await;
        }
        assert_eq!(names, ["first", "with \"quotes\" é", "asked"]);
        socket.clear_offline_buffer();
        assert!(matches!(
            guarded(asked).await.unwrap(),
            Err(tidewire::AckError::Dropped { .. })
        ));
        assert!(socket.offline_buffer().await.is_empty());
        assert_eq!(other.offline_buffer().await, ["elsewhere"]);

        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["last"]"#);
        // What is sent waits no more.
        assert!(socket.offline_buffer().await.is_empty());
        socket.clear_offline_buffer();
        socket.emit("and more", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["and more"]"#);
    });
}

/// Emits `a`, `b` and `c`; gives which of them waited, after the server has got just these.
async fn full(
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
    let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
    outcome.unwrap();
    socket.emit("end", ()).await.unwrap();
    for name in names.iter().map(String::as_str).chain(["end"]) {
        assert_eq!(conn.text().await, format!(r#"42["{name}"]"#));
    }
    // The next client of this server is to be another.
    tokio::join!(client.close(), async {
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
    (names, events, outcomes)
}

#[test]
fn the_policy_says_which_event_gives_way_in_a_full_buffer() {
    run(async {
        let server = Scripted::start().await;
        // By number, and by bytes: each of these events has five.
        for (events, bytes) in [(2, 1_000), (1_000, 10)] {
            let builder = || {
                server
                    .client("/")
                    .offline_events(events)
                    .offline_bytes(bytes)
            };
            let (kept, _, outcomes) = full(builder(), &server).await;
            assert_eq!(kept, ["a", "b"]);
            let refused = Err(EmitError::Refused(Misuse::BufferFull));
            assert_eq!(outcomes, [Ok(()), Ok(()), refused]);

            let oldest = builder().offline_policy(OfflinePolicy::DropOldest);
            let (kept, mut events, outcomes) = full(oldest, &server).await;
            assert_eq!(kept, ["b", "c"]);
            assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
            assert_eq!(dropped(&mut events).await, "a");

            let newest = builder().offline_policy(OfflinePolicy::DropNewest);
            let (kept, mut events, outcomes) = full(newest, &server).await;
            assert_eq!(kept, ["a", "b"]);
            assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
            assert_eq!(dropped(&mut events).await, "c");
        }
    });
}

#[test]
fn whoever_asked_with_an_event_that_gives_way_is_told() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").offline_events(1).offline_bytes(1_000);
        let client = builder
            .offline_policy(OfflinePolicy::DropOldest)
            .build()
            .unwrap();
        let socket = client.socket();
        let asked = tokio::spawn(socket.emit_with_ack::<()>("asked", ()));
        while socket.offline_buffer().await.is_empty() {}
        socket.emit("newer", ()).await.unwrap();
        assert!(matches!(
            guarded(asked).await.unwrap(),
            Err(tidewire::AckError::Dropped { .. })
        ));
        assert_eq!(socket.offline_buffer().await, ["newer"]);
    });
}
