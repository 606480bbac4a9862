//! Clients whose address changes, and those that routers could forget.

use std::time::Duration;

use futures_util::FutureExt;

use crate::relay::Relay;
use crate::scripted::Scripted;
use crate::support::clock::elapses;
use crate::support::{guarded, run, run_on_one_thread};

#[test]
fn a_session_outlives_a_change_of_the_clients_address() {
    run(async {
        let server = Scripted::start();
        let relay = Relay::start(server.port()).await;
        let builder = server.client_at(relay.port);
        let (socket, mut events, mut conn) = server.connect_with(builder).await;
        for number in 0..3 {
            let address = relay.rebind().await;
            socket.emit("say", number).await.unwrap();
            let said = format!(r#"42["say",{number}]"#);
            assert_eq!(conn.text().await, Some(said));
            assert_eq!(conn.connection.remote_address(), address);
            conn.send(r#"42["heard"]"#).await;
            assert_eq!(guarded(events.message()).await.unwrap().name(), "heard");
        }
        let further = events.next().now_or_never();
        assert!(further.is_none(), "{further:?}");
    });
}

#[test]
fn an_idle_session_sends_a_packet_each_15_seconds() {
    run_on_one_thread(async {
        let server = Scripted::start();
        let relay = Relay::start(server.port()).await;
        let builder = server.client_at(relay.port);
        let (socket, _events, _conn) = server.connect_with(builder).await;
        // QUIC finds out the longest packet at first.
        idle(Duration::from_secs(5)).await;
        let mut before = relay.packets();
        // The server pings after 25 s, and may take 20 s more.
        for _ in 0..2 {
            idle(Duration::from_secs(16)).await;
            let packets = relay.packets();
            assert!((1..=2).contains(&(packets - before)), "{before}, {packets}");
            before = packets;
        }
        assert!(socket.is_connected());
    });
}

/// Lets time pass at once.
async fn idle(span: Duration) {
    assert!(elapses(span, std::future::pending::<()>()).await.is_none());
}
