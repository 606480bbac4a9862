//! Volatile events over polling: packets sent during a POST wait for the next one.

use tidewire::{Hint, Transport};

use crate::support::polled::{Request, accept_namespace};
use crate::support::run;
use crate::support::scripted::{HANDSHAKE, Scripted};

#[test]
fn volatile_events_go_with_the_next_post_unless_the_transport_is_congested() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").transports([Transport::Polling]);
        let (socket, _poll) = tokio::join!(client.connect(), accept_namespace(&server, HANDSHAKE));
        let socket = socket.unwrap();
        socket.emit_volatile("first", ()).await.unwrap();
        let post = Request::expect(&server, "POST").await;
        assert_eq!(post.body, r#"42["first"]"#);

        socket.emit_volatile("volatile", ()).await.unwrap();
        socket.emit("plain", ()).await.unwrap();
        socket.client().hint(Hint::Congested);
        socket.emit_volatile("dropped", ()).await.unwrap();
        socket.emit("plain too", ()).await.unwrap();
        // Commands are handled in order: the driver has taken the emits when it answers this one.
        socket.offline_buffer().await;
        post.respond("ok").await;
        let post = Request::expect(&server, "POST").await;
        let events = ["volatile", "plain", "plain too"].map(|name| format!(r#"42["{name}"]"#));
        assert_eq!(post.body, events.join("\u{1e}"));
    });
}
