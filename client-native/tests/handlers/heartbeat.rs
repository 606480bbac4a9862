//! A heartbeat that is faster than the server's.

use std::time::Duration;

use tidewire::{Event, Reason};

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{next_change, run};

const BRIEF: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_server_of_2_x_is_pinged_as_often_as_the_application_wants() {
    run(async {
        let server = Scripted::start().await;
        // The server wants 25 seconds, and twenty for an answer.
        let builder = server
            .client("/")
            .ping_timeout(LONG)
            .ping_interval(Duration::from_millis(10));
        let (socket, mut conn) = tokio::join!(builder.connect(), server.open_old());
        let socket = socket.unwrap();
        for _ in 0..3 {
            assert_eq!(conn.text().await, "2");
            conn.send("3").await;
        }
        assert!(socket.is_connected());
    });
}

#[test]
fn a_server_of_2_x_that_does_not_answer_a_ping_is_given_up_after_the_grace() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .ping_timeout(BRIEF)
            .ping_interval(Duration::from_millis(10));
        let (socket, mut conn) = tokio::join!(builder.connect(), server.open_old());
        let mut events = socket.unwrap().events();
        assert_eq!(conn.text().await, "2");
        let change = next_change(&mut events).await;
        assert!(
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::PingTimeout,
                    ..
                }
            ),
            "{change:?}"
        );
    });
}

#[test]
fn a_later_server_that_does_not_ping_is_given_up_after_the_grace() {
    run(async {
        let server = Scripted::start().await;
        // Of the 4.x server it is the `pingTimeout` alone that is cut short; clients do not ping it.
        let builder = server
            .client("/")
            .ping_timeout(BRIEF)
            .ping_interval(Duration::from_millis(1));
        let handshake = HANDSHAKE
            .replace("25000", "1000")
            .replace("20000", "3600000");
        let (socket, mut conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.accept().await;
            conn.send(&handshake).await;
            conn.let_in("/").await;
            conn
        });
        let mut events = socket.unwrap().events();
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
        let change = next_change(&mut events).await;
        assert!(
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::PingTimeout,
                    ..
                }
            ),
            "{change:?}"
        );
    });
}
