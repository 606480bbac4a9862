//! Volatile events over polling, where what is sent while a POST is on its way waits for the next.

use tidewire::{Hint, Transport};

use crate::support::polled::{Request, let_in};
use crate::support::run;
use crate::support::scripted::{HANDSHAKE, Scripted};

#[test]
fn they_go_with_the_next_post_unless_the_transport_is_congested() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").transports([Transport::Polling]);
        let (socket, _poll) = tokio::join!(client.connect(), let_in(&server, HANDSHAKE));
        let socket = socket.unwrap();
        socket.emit_volatile("first", ()).await.unwrap();
        let post = Request::expect(&server, "POST").await;
        assert_eq!(post.body, r#"42["first"]"#);

        socket.emit_volatile("volatile", ()).await.unwrap();
        socket.emit("firm", ()).await.unwrap();
        socket.client().hint(Hint::Congested);
        socket.emit_volatile("dropped", ()).await.unwrap();
        socket.emit("firm too", ()).await.unwrap();
        // A question to the connection itself: what was emitted before has been taken by then.
        socket.offline_buffer().await;
        post.answer("ok").await;
        let post = Request::expect(&server, "POST").await;
        let events = ["volatile", "firm", "firm too"].map(|name| format!(r#"42["{name}"]"#));
        assert_eq!(post.body, events.join("\u{1e}"));
    });
}
