//! Events emitted together are written together.

use std::io::Read;
use std::net::TcpListener;

use tidewire::Client;
use tungstenite::{Message, accept};

use crate::support::guarded;
use crate::support::scripted::HANDSHAKE;

const COUNT: usize = 1_000;
/// `42["tick",1000]` with its mask and length.
const FRAME_BYTES: usize = 15 + 6;

// From its source: one event is one system call. Here one thread runs the client, so that its driver finds all events at
// once, and another one counts its reads. (`transport/mod.rs` sets `TCP_NODELAY`, so that TCP delays no write.)
#[test]
fn a_thousand_events_go_out_in_a_few_writes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let counting = std::thread::spawn(move || {
        let mut socket = accept(listener.accept().unwrap().0).unwrap();
        socket.send(Message::text(HANDSHAKE)).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("40"));
        socket.send(Message::text(r#"40{"sid":"s"}"#)).unwrap();
        let stream = socket.get_mut();
        let (mut reads, mut bytes) = (0, 0);
        let mut buffer = vec![0; 1 << 20];
        while bytes < COUNT * FRAME_BYTES {
            bytes += stream.read(&mut buffer).unwrap();
            reads += 1;
        }
        (reads, bytes)
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (reads, bytes) = runtime.block_on(async {
        let socket = guarded(Client::builder(url).connect()).await.unwrap();
        for number in 1_000..1_000 + COUNT {
            socket.try_emit("tick", number).unwrap();
        }
        guarded(tokio::task::spawn_blocking(move || {
            counting.join().unwrap()
        }))
        .await
        .unwrap()
    });
    assert_eq!(bytes, COUNT * FRAME_BYTES);
    assert!(reads < 10, "{reads} reads");
}
