//! `Builder::heartbeat`: a heartbeat faster than the server's.

use std::time::Duration;

use tidewire::Reason;

use crate::support::events::expect_disconnected;
use crate::support::run;
use crate::support::scripted::{Scripted, handshake};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn an_eio3_server_is_pinged_at_the_interval_of_the_application() {
    run(async {
        let server = Scripted::start().await;
        // The handshake has a ping interval of 25 s and a ping timeout of 20 s.
        let builder = server
            .client("/")
            .ping_timeout(HOUR)
            .ping_interval(Duration::from_millis(10));
        let (socket, mut conn) = tokio::join!(builder.connect(), server.accept_eio3());
        let socket = socket.unwrap();
        for _ in 0..3 {
            assert_eq!(conn.text().await, "2");
            conn.send("3").await;
        }
        assert!(socket.is_connected());
    });
}

#[test]
fn an_eio3_server_without_a_pong_times_out_after_the_grace_period() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .ping_timeout(SECOND)
            .ping_interval(Duration::from_millis(10));
        let (socket, mut conn) = tokio::join!(builder.connect(), server.accept_eio3());
        let mut events = socket.unwrap().events();
        assert_eq!(conn.text().await, "2");
        assert_eq!(expect_disconnected(&mut events).await, Reason::PingTimeout);
    });
}

#[test]
fn an_eio4_server_without_a_ping_times_out_after_the_grace_period() {
    run(async {
        let server = Scripted::start().await;
        // Only the `pingTimeout` of a 4.x server is shortened; clients do not ping it.
        let builder = server
            .client("/")
            .ping_timeout(SECOND)
            .ping_interval(Duration::from_millis(1));
        let handshake = handshake(1_000, 3_600_000);
        let (socket, mut conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.accept_websocket().await;
            conn.send(&handshake).await;
            conn.accept_namespace("/").await;
            conn
        });
        let mut events = socket.unwrap().events();
        conn.expect_pong_next().await;
        assert_eq!(expect_disconnected(&mut events).await, Reason::PingTimeout);
    });
}
