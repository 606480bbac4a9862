//! Emits events and awaits their acks: `cargo run -p tidewire --example echo -- [URL]`.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tidewire::{Bytes, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", tidewire::error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "http://127.0.0.1:3000/".to_owned());
    let socket = Client::builder(url).connect().await?;
    println!(
        "connected to {}, the server speaks {:?}",
        socket.name(),
        socket.engine_version()
    );

    for number in 1..=5 {
        let started = Instant::now();
        // A tuple is several arguments. Bytes are sent as attachments.
        let (text, back): (String, Bytes) = socket
            .emit_with_ack(
                "echo",
                (format!("wave {number}"), Bytes::from(vec![number; 3])),
            )
            .timeout(Duration::from_secs(5))
            .await?;
        println!(
            "{text} and {} bytes came back after {:?}",
            back.len(),
            started.elapsed()
        );
    }
    socket.close().await;
    Ok(())
}
