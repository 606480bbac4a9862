//! permessage-deflate: the bytes that it saves, and everything that both sides may agree upon.

use bytes::Bytes;
use tidewire::{Builder, Client, PerMessageDeflate, Socket};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::guarded;
use crate::support::nginx::Nginx;
use crate::support::server::{Case, Server};

/// A client of `port` whose bytes are counted: those that it sends, and those that it receives.
async fn counted(port: u16) -> (Builder, JoinHandle<(u64, u64)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/lab", listener.local_addr().unwrap());
    let counts = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        copy_bidirectional(&mut client, &mut server).await.unwrap()
    });
    (Client::builder(url), counts)
}

fn text() -> String {
    "What is said again and again. ".repeat(10_000)
}

async fn echo_text(socket: &Socket, text: &str) {
    let back: String = guarded(socket.emit_with_ack("echo", text)).await.unwrap();
    assert!(back == text, "the text came back changed");
}

pub(crate) async fn text_and_binary_take_little_of_the_network(case: Case) {
    let server = Server::start(case).await;
    are_small(counted(server.port).await).await;
}

pub(crate) async fn nginx_passes_compressed_messages_on(case: Case) {
    let server = Server::start(case).await;
    let nginx = Nginx::start(server.port).await;
    are_small(counted(nginx.port).await).await;
}

/// Checks that messages which repeat themselves take little of the network, in both directions.
async fn are_small((builder, counts): (Builder, JoinHandle<(u64, u64)>)) {
    let builder = builder.per_message_deflate(PerMessageDeflate::new());
    let socket = guarded(builder.connect()).await.unwrap();
    echo_text(&socket, &text()).await;
    let bytes = Bytes::from(vec![7; 300_000]);
    let back: Bytes = guarded(socket.emit_with_ack("echo", &bytes)).await.unwrap();
    assert_eq!(back, bytes);
    socket.close().await;
    let (sent, received) = guarded(counts).await.unwrap();
    assert!(
        sent < 10_000 && received < 10_000,
        "{sent} and {received} bytes"
    );
}

pub(crate) async fn a_handle_may_send_without_compression(case: Case) {
    let server = Server::start(case).await;
    let (builder, counts) = counted(server.port).await;
    let builder = builder.per_message_deflate(PerMessageDeflate::new());
    let socket = guarded(builder.connect()).await.unwrap();
    echo_text(&socket.compress(false), &text()).await;
    let bytes = Bytes::from(vec![7; 300_000]);
    let plain = socket.compress(false);
    let back: Bytes = guarded(plain.emit_with_ack("echo", &bytes)).await.unwrap();
    assert_eq!(back, bytes);
    // The other handles go on as before.
    echo_text(&socket, &text()).await;
    drop(plain);
    socket.close().await;
    let (sent, received) = guarded(counts).await.unwrap();
    assert!((600_000..620_000).contains(&sent), "{sent} bytes");
    assert!(received < 20_000, "{received} bytes");
}

pub(crate) async fn every_agreement_works(case: Case) {
    let server = Server::start(case).await;
    for takes_over in [true, false] {
        for bits in [9, 12, 15] {
            let settings = PerMessageDeflate::new()
                .threshold(0)
                .client_context_takeover(takes_over)
                .server_context_takeover(takes_over)
                .client_max_window_bits(bits)
                .server_max_window_bits(bits);
            let builder = Client::builder(server.url("/lab")).per_message_deflate(settings);
            let socket = guarded(builder.connect()).await.unwrap();
            for size in [0, 1, 700, 70_000] {
                echo_text(&socket, &text()[..size]).await;
                echo_text(&socket, &text()[..size]).await;
            }
            socket.close().await;
        }
    }
}
