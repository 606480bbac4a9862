//! Questions to the server: how long they wait, and how many are sent again at a time.

use std::time::Duration;

use crate::connected;
use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

#[test]
fn the_clients_own_limit_holds_where_the_question_has_none() {
    run(async {
        let server = Scripted::start().await;
        let brief = Some(Duration::from_millis(50));
        let builder = server.client("/").ack_timeout(brief);
        let (socket, mut conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let asked = guarded(socket.emit_with_ack::<()>("ask", ())).await;
        assert!(matches!(asked, Err(tidewire::AckError::Timeout { .. })));
        assert_eq!(conn.asked().await.1, r#"["ask"]"#);
        let patient = socket
            .emit_with_ack::<u8>("ask", ())
            .timeout(Duration::from_secs(30));
        let (asked, ()) = tokio::join!(patient, async {
            let (id, _) = conn.asked().await;
            conn.send(&format!("43{id}[1]")).await;
        });
        assert_eq!(asked, Ok(1));
    });
}

#[test]
fn with_a_window_of_one_the_next_event_waits_for_the_answer_to_the_one_before() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").retry_window(1);
        let (socket, mut conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let ask = |name| socket.emit_with_ack::<u8>(name, ()).retries(3);
        let (one, two, ()) = tokio::join!(ask("one"), ask("two"), async {
            let (first, text) = conn.asked().await;
            assert_eq!(text, r#"["one"]"#);
            // What is emitted otherwise does not wait.
            socket.emit("other", ()).await.unwrap();
            assert_eq!(conn.text().await, r#"42["other"]"#);
            conn.send(&format!("43{first}[1]")).await;
            let (second, text) = conn.asked().await;
            assert_eq!(text, r#"["two"]"#);
            conn.send(&format!("43{second}[2]")).await;
        });
        assert_eq!((one, two), (Ok(1), Ok(2)));
    });
}

#[test]
fn events_that_are_sent_again_are_on_their_way_together() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let ask = |name| socket.emit_with_ack::<u8>(name, ()).retries(3);
        let (one, two, ()) = tokio::join!(ask("one"), ask("two"), async {
            let ((first, one), (second, two)) = (conn.asked().await, conn.asked().await);
            assert_eq!((one.as_str(), two.as_str()), (r#"["one"]"#, r#"["two"]"#));
            conn.send(&format!("43{second}[2]")).await;
            conn.send(&format!("43{first}[1]")).await;
        });
        assert_eq!((one, two), (Ok(1), Ok(2)));
    });
}
