//! The client of egg's guide, peer to peer, over plain events: `cargo run -p tidewire --example peer_to_peer -- [URL]`.
//!
//! It joins a room, greets each client that joins after it, and prints all that it receives. `bot` does the same with
//! `tidewire::peers`. Start a server first (`cargo run -p tidewire-testbed -- --port 3000`), then two of these.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::process::ExitCode;

use serde_json::{Value, json};
use tidewire::envelope::{Envelope, Online};
use tidewire::{Client, Context, DecodeError, EmitError, Message, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

const URL: &str = "http://127.0.0.1:3000/ptop";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let url = std::env::args().nth(1).unwrap_or_else(|| URL.to_owned());
    match run(&url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Runs until the server disconnects this client for good.
pub(crate) async fn run(url: &str) -> Result<(), Error> {
    let socket = Client::builder(url)
        .query("room", "demo")
        .query("userId", format!("client_{}", std::process::id()))
        .on("connect", |(), cx: Context| async move {
            println!("#connect {}", own_id(&cx));
        })
        .on("online", greet)
        .on_any(receive)
        .on_error(|error| eprintln!("#error {}", error_text(&error)))
        .connect()
        .await?;
    println!("#disconnect {}", error_text(&socket.ended().await));
    Ok(())
}

/// Sends a message to each client that joins.
async fn greet(online: Online, cx: Context) -> Result<(), EmitError> {
    let sentence = online.message.unwrap_or_default();
    println!("#online {sentence}");
    let joined = sentence
        .strip_prefix("User(")
        .and_then(|rest| rest.strip_suffix(") joined."));
    match joined {
        Some(id) if id != own_id(&cx) => {
            let message = json!({"target": id, "payload": {"msg": "test"}});
            cx.socket().emit("exchange", message).await
        }
        _ => Ok(()),
    }
}

/// Prints a message for this client: an event named by its own id. The server sends those for others, too.
async fn receive(message: Message, cx: Context) -> Result<(), DecodeError> {
    if message.name() == own_id(&cx) {
        let Envelope { data, meta, .. } = message.args::<Envelope<Value>>()?;
        let sender = meta.client.as_deref().unwrap_or("the server");
        println!("#receive {} {} from {sender}", data.action, data.payload);
    }
    Ok(())
}

/// Changes with each connection.
fn own_id(cx: &Context) -> String {
    cx.socket().id().as_deref().unwrap_or_default().to_owned()
}
