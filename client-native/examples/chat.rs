//! A chat on the terminal: `cargo run -p tidewire --example chat -- [URL]`, then type lines.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`. Several chats share one room.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::error::Error;
use std::process::ExitCode;

use tidewire::{Client, Context};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

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
        .unwrap_or_else(|| "http://127.0.0.1:3000/lab".to_owned());
    let socket = Client::builder(url)
        // After a reconnect, the server sees a new socket, which must join the room again.
        .on("connect", |(), cx: Context| async move {
            let joined = cx.socket().emit_with_ack::<String>("join", "chat").await;
            println!("* joined: {joined:?}");
        })
        .on("said", |(who, text): (String, String), _| async move {
            println!("{who}: {text}");
        })
        .on("disconnect", |reason: String, _| async move {
            println!("* disconnected: {reason}");
        })
        .connect()
        .await?;

    let who = format!("guest-{}", std::process::id());
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        // While disconnected, lines are buffered.
        socket.emit("say", ("chat", &who, line)).await?;
    }
    socket.close().await;
    Ok(())
}
