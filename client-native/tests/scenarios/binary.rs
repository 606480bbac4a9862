//! Binary data, and large text.

use serde::{Deserialize, Serialize};
use tidewire::{Bytes, Context};

use crate::support::events::next_named;
use crate::support::guarded;
use crate::support::server::{Case, Server};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct File {
    name: String,
    parts: Vec<Bytes>,
    thumb: Option<Bytes>,
}

fn file() -> File {
    let every_byte = Bytes::from((0..=255u8).collect::<Vec<_>>());
    File {
        name: "naïve.bin".into(),
        parts: vec![every_byte, Bytes::from_static(b"\x1e\x1e"), Bytes::new()],
        thumb: Some(Bytes::from_static(&[4, 0x1e, 0])),
    }
}

pub(crate) async fn carries_binary_anywhere_in_the_arguments(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut events = socket.events();
    let (bare, number) = (Bytes::from_static(b"\x00\x1e\xff"), 7);
    socket
        .emit("echo", (&bare, number, file(), "text"))
        .await
        .unwrap();
    let echo = next_named(&mut events, "echo").await;
    assert_eq!(echo.attachments().len(), 5);
    let back: (Bytes, i32, File, String) = echo.args().unwrap();
    assert_eq!(back, (bare, number, file(), "text".to_owned()));
}

pub(crate) async fn carries_binary_in_acks(case: Case) {
    let server = Server::start(case).await;
    let builder = server
        .client("/lab")
        .on("question", |file: File, mut cx: Context| async move {
            cx.ack((file, Bytes::from_static(b"mine"))).await.unwrap();
        });
    let socket = guarded(builder.connect()).await.unwrap();
    let mut events = socket.events();
    // An event with attachments and an ack with attachments.
    let (back, count): (File, u8) = socket.emit_with_ack("echo", (file(), 3)).await.unwrap();
    assert_eq!((back, count), (file(), 3));
    // The same from the server.
    socket.emit("question", file()).await.unwrap();
    let answered = next_named(&mut events, "answered").await;
    let (back, mine): (File, Bytes) = answered.args().unwrap();
    assert_eq!((back, &mine[..]), (file(), &b"mine"[..]));
}

pub(crate) async fn carries_half_a_megabyte_of_utf8(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let text: String = "潮汐é😀 ".chars().cycle().take(200_000).collect();
    assert!(text.len() > 500_000);
    let back: String = guarded(socket.emit_with_ack("echo", &text)).await.unwrap();
    assert!(back == text, "the text came back changed");
}
