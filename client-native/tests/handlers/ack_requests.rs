//! Events with an ack: their timeouts, and how many with retries are in flight.

use std::time::Duration;

use tidewire::{AckError, Socket};

use crate::connected;
use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

/// Emits an event with an ack, to be sent up to three more times.
async fn retried(socket: &Socket, name: &str) -> Result<u8, AckError> {
    socket.emit_with_ack(name, ()).retries(3).await
}

#[test]
fn the_ack_timeout_of_the_builder_holds_unless_the_request_has_its_own() {
    run(async {
        let server = Scripted::start().await;
        let brief = Some(Duration::from_millis(50));
        let builder = server.client("/").ack_timeout(brief);
        let (socket, mut conn) = server.connect_with(builder).await;
        let ack = guarded(socket.emit_with_ack::<()>("ask", ())).await;
        assert!(matches!(ack, Err(AckError::Timeout { .. })));
        assert_eq!(conn.event_with_ack().await.1, r#"["ask"]"#);
        let request = socket
            .emit_with_ack::<u8>("ask", ())
            .timeout(Duration::from_secs(30));
        let (ack, ()) = tokio::join!(request, async {
            let (id, _) = conn.event_with_ack().await;
            conn.send(&format!("43{id}[1]")).await;
        });
        assert_eq!(ack, Ok(1));
    });
}

#[test]
fn with_a_window_of_one_the_next_event_waits_for_the_ack_of_the_one_before() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").retry_window(1);
        let (socket, mut conn) = server.connect_with(builder).await;
        let (one, two, ()) =
            tokio::join!(retried(&socket, "one"), retried(&socket, "two"), async {
                let (first, text) = conn.event_with_ack().await;
                assert_eq!(text, r#"["one"]"#);
                // An event without retries does not wait.
                socket.emit("other", ()).await.unwrap();
                assert_eq!(conn.text().await, r#"42["other"]"#);
                conn.send(&format!("43{first}[1]")).await;
                let (second, text) = conn.event_with_ack().await;
                assert_eq!(text, r#"["two"]"#);
                conn.send(&format!("43{second}[2]")).await;
            });
        assert_eq!((one, two), (Ok(1), Ok(2)));
    });
}

#[test]
fn events_with_retries_are_in_flight_together() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let (one, two, ()) =
            tokio::join!(retried(&socket, "one"), retried(&socket, "two"), async {
                let ((first, one), (second, two)) =
                    (conn.event_with_ack().await, conn.event_with_ack().await);
                assert_eq!((one.as_str(), two.as_str()), (r#"["one"]"#, r#"["two"]"#));
                conn.send(&format!("43{second}[2]")).await;
                conn.send(&format!("43{first}[1]")).await;
            });
        assert_eq!((one, two), (Ok(1), Ok(2)));
    });
}
