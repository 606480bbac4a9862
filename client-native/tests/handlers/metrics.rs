//! `Client::metrics`: the counts of a connection, with 2.x and 4.x servers and every transport, and byte by byte.

use std::time::Duration;

use tidewire::{Metrics, OfflinePolicy, Socket, Transport};

use crate::support::events::{expect_connected, expect_disconnected, next_named};
use crate::support::run;
use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::server::{Case, Kind, Server, TransportMode};

/// The numbers, when everything that the client has done before is in them: two commands are in two turns.
async fn settled(socket: &Socket) -> Metrics {
    socket.offline_buffer().await;
    socket.offline_buffer().await;
    socket.client().metrics()
}

async fn counts_with(case: Case) {
    let server = Server::start(case).await;
    let builder = server.client("/lab");
    let socket = builder.build().unwrap().socket();
    assert_eq!(socket.client().metrics(), Metrics::default(), "{case:?}");
    let mut events = socket.events();
    socket.connect().await.unwrap();
    expect_connected(&mut events).await;
    // An ack that came over the last transport follows the upgrade.
    while socket.client().transport() != Some(case.mode.last()) {
        socket
            .emit_with_ack::<String>("echo", "hello")
            .await
            .unwrap();
    }
    let before = settled(&socket).await;
    let stages = before.stages;
    assert!(
        stages.tcp.is_some() && stages.handshake.is_some(),
        "{case:?}"
    );
    assert!(stages.total() >= stages.namespace, "{case:?}");
    assert!(stages.namespace.is_some(), "{case:?}");
    // 127.0.0.1 needs no search, and http no TLS.
    assert_eq!((stages.dns, stages.tls), (None, None), "{case:?}");
    let upgrades = case.mode == TransportMode::Upgrade;
    assert_eq!(stages.upgrade.is_some(), upgrades, "{case:?}");

    let content = "x".repeat(1_000);
    for _ in 0..10 {
        let request = socket.emit_with_ack::<String>("echo", &content);
        assert_eq!(request.await.unwrap(), content);
    }
    socket.emit("flood", (7, "wave")).await.unwrap();
    next_named(&mut events, "flooded").await;
    let after = settled(&socket).await;
    assert_eq!(after.transport, Some(case.mode.last()));
    assert_eq!(after.acks_received - before.acks_received, 10, "{case:?}");
    assert_eq!(after.events_sent - before.events_sent, 11, "{case:?}");
    assert_eq!(
        after.events_received - before.events_received,
        8,
        "{case:?}"
    );
    assert!(after.bytes_sent - before.bytes_sent >= 10_000, "{case:?}");
    assert!(
        after.bytes_received - before.bytes_received >= 10_000,
        "{case:?}"
    );
    assert_eq!((after.connects, after.reconnects), (1, 0), "{case:?}");

    socket.emit("kick", ()).await.unwrap();
    expect_disconnected(&mut events).await;
    let losses = settled(&socket).await.losses;
    assert_eq!(
        (losses.server_disconnect, losses.total()),
        (1, 1),
        "{case:?}"
    );
}

#[test]
fn every_server_and_transport_counts_the_same() {
    run(async {
        for kind in [Kind::Testbed, Kind::SocketIo2, Kind::SocketIo4] {
            for mode in [
                TransportMode::WebSocket,
                TransportMode::Polling,
                TransportMode::Upgrade,
            ] {
                counts_with(Case { kind, mode }).await;
            }
        }
    });
}

#[test]
fn bytes_are_those_of_heads_frames_and_contents() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let before = settled(&socket).await;
        // Two bytes of a server's frame, and six of a client's, with its mask.
        conn.send(r#"42["one"]"#).await;
        conn.expect_pong_next().await;
        socket.emit("two", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["two"]"#);
        let after = settled(&socket).await;
        assert_eq!(after.bytes_received - before.bytes_received, 11 + 3);
        assert_eq!(after.bytes_sent - before.bytes_sent, 15 + 7);
        // The head of the response, and two packets.
        assert!(before.bytes_received > 100 + HANDSHAKE.len() as u64);
    });
}

#[test]
fn losses_and_reconnects_have_their_reasons() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, conn) = server.connect_with_events(server.client("/")).await;
        drop(conn);
        expect_disconnected(&mut events).await;
        // One attempt that fails, one that succeeds, and an end by a malformed packet.
        drop(server.accept_tcp().await);
        let mut conn = server.accept_namespace("/").await;
        while !socket.is_connected() {
            events.next().await;
        }
        let metrics = settled(&socket).await;
        assert_eq!((metrics.connects, metrics.reconnects), (2, 1));
        assert_eq!(metrics.failed_attempts, 1);
        let losses = metrics.losses;
        assert_eq!(losses.transport_close + losses.transport_error, 1);
        conn.send("4x").await;
        let _conn = server.accept_namespace("/").await;
        while !socket.is_connected() {
            events.next().await;
        }
        let metrics = settled(&socket).await;
        assert_eq!((metrics.losses.parse_error, metrics.losses.total()), (1, 2));
        socket.close().await;
        let metrics = settled(&socket).await;
        assert_eq!(metrics.losses.total(), 2, "the application closed it");
        assert_eq!(metrics.transport, None);
    });
}

#[test]
fn events_that_wait_and_those_that_are_dropped_are_counted() {
    run(async {
        let server = Scripted::start().await;
        let client = server
            .client("/")
            .offline_events(2)
            .offline_policy(OfflinePolicy::DropOldest)
            .build()
            .unwrap();
        let socket = client.socket();
        for _ in 0..3 {
            socket.emit("kept", ()).await.unwrap();
            socket.emit_volatile("volatile", ()).await.unwrap();
        }
        let metrics = settled(&socket).await;
        assert_eq!((metrics.offline_events, metrics.events_sent), (2, 0));
        assert_eq!((metrics.dropped_offline, metrics.dropped_volatile), (1, 3));
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        socket.emit_volatile("volatile", ()).await.unwrap();
        for name in ["kept", "kept", "volatile"] {
            assert_eq!(conn.text().await, format!(r#"42["{name}"]"#));
        }
        let metrics = settled(&socket).await;
        assert_eq!((metrics.offline_events, metrics.events_sent), (0, 3));
        assert_eq!((metrics.dropped_offline, metrics.dropped_volatile), (1, 3));
    });
}

#[test]
fn the_round_trip_of_a_heartbeat_is_known_if_the_client_pings() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").ping_interval(Duration::from_millis(10));
        let (socket, mut conn) = tokio::join!(builder.connect(), server.accept_eio3());
        let socket = socket.unwrap();
        assert_eq!(conn.text().await, "2");
        assert_eq!(settled(&socket).await.round_trip, None, "no answer yet");
        conn.send("3").await;
        // The next ping follows the pong.
        assert_eq!(conn.text().await, "2");
        assert!(settled(&socket).await.round_trip.is_some());

        let (socket, mut conn) = server.connect().await;
        conn.expect_pong_next().await;
        assert_eq!(settled(&socket).await.round_trip, None, "the server pings");
    });
}

#[test]
fn the_round_trip_is_known_over_polling_too() {
    run(async {
        let server = Server::start(Kind::SocketIo2).await;
        let client = server
            .client("/lab")
            .transports([Transport::Polling])
            .ping_interval(Duration::from_millis(10));
        let socket = client.connect().await.unwrap();
        while socket.client().metrics().round_trip.is_none() {
            let _: String = socket.emit_with_ack("echo", "hello").await.unwrap();
        }
    });
}

#[test]
fn a_server_that_says_nothing_leaves_the_later_stages_open() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        socket.start();
        let _silent = server.accept_request().await;
        let stages = settled(&socket).await.stages;
        assert!(stages.tcp.is_some());
        assert_eq!((stages.handshake, stages.total()), (None, None));
    });
}
