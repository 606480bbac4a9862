//! The example of rust_socketio's README with tidewire: `cargo run -p tidewire --example from_rust_socketio -- [URL]`.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use tidewire::{Ack, Client, Context, EmitError, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

const URL: &str = "http://127.0.0.1:3000/lab";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let url = std::env::args().nth(1).unwrap_or_else(|| URL.to_owned());
    match run(&url).await {
        Ok(answer) => {
            println!("the server acked {answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

pub(crate) async fn run(url: &str) -> Result<Value, Error> {
    let socket = Client::builder(url) // the namespace is the path of the URL
        .auth(json!({"token": "secret"}))
        .header("user-agent", "my-bot/1.0")
        .reconnection_delay(Duration::from_secs(1))
        .on("echo", echoed)
        .on("question", |question: String, _| async move {
            Ack(format!("{question}? 42.")) // the ack that the server awaits
        })
        .on_error(|error| eprintln!("{}", error_text(&error)))
        .connect() // returns when the namespace is connected, or says why not
        .await?;

    socket.emit("echo", json!({"got ack": true})).await?;
    let answer = socket
        .emit_with_ack("echo", json!({"myAckData": 123}))
        .timeout(Duration::from_secs(2))
        .await?;
    socket.close().await;
    Ok(answer)
}

/// The arguments are typed. Emitting, and awaiting acks, in a handler is fine.
async fn echoed(payload: Value, cx: Context) -> Result<(), EmitError> {
    println!("received {payload}");
    cx.socket().emit("join", "room 1").await
}
