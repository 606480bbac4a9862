//! The quick start of the README: `cargo run -p tidewire --example quick_start`.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::time::Duration;

use tidewire::{Ack, Client};

#[tokio::main]
async fn main() {
    if let Err(error) = run("http://localhost:3000/lab").await {
        eprintln!("{}", tidewire::error_text(&*error)); // with its causes, and what to do
    }
}

pub(crate) async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let socket = Client::builder(url)
        .on("said", |(who, text): (String, String), _| async move {
            println!("{who}: {text}");
        })
        // A handler may return the ack that the server expects.
        .on("question", |question: String, _| async move {
            Ack(format!("{question}? 42."))
        })
        // Wrong argument types, failed handlers, malformed packets: without this they go to the `tracing` log.
        .on_error(|error| eprintln!("{}", tidewire::error_text(&error)))
        .connect()
        .await?;

    let joined = socket.emit_with_ack::<String>("join", "room 1");
    joined.timeout(Duration::from_secs(5)).await?;
    socket.emit("say", ("room 1", "me", "hello")).await?;
    let echoed: String = socket.emit_with_ack("echo", "hello").await?; // at most 30 s, the default
    println!("{echoed}");
    socket.close().await;
    Ok(())
}
