//! A bot for egg-socket.io's peer-to-peer messages: `cargo run -p tidewire --example bot -- [URL]`.
//!
//! It joins a room of `/ptop`, greets new members, prints their messages, and ends if the server denies it or
//! disconnects it for good. Start a server
//! first (`cargo run -p tidewire-testbed -- --port 3000`), then two bots.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use tidewire::envelope::{Action, Envelope, Online};
use tidewire::{Client, Event, Socket, error_text};

const URL: &str = "http://127.0.0.1:3000/ptop?room=demo&userId=bot";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| URL.to_owned());
    let client = Client::builder(url).build()?;
    let socket = client.socket();
    let mut events = socket.events();
    socket.connect().await?;
    let mut own: Arc<str> = "".into();
    while let Some(event) = events.next().await {
        match event {
            Event::Connected(id) => {
                println!("* connected as {id}");
                own = id;
            }
            Event::Disconnected { reason, .. } => println!("* disconnected: {reason}"),
            // A kick, for example. No event follows.
            Event::Ended(why) => {
                println!("* {}", error_text(&why));
                break;
            }
            Event::Message(message) if message.name() == "online" => {
                let online: Online = message.args()?;
                println!("* {}", online.message.unwrap_or_default());
                for id in online.clients.ids().filter(|id| *id != &*own) {
                    send(&socket, id, "hello from a bot").await?;
                }
            }
            // The event name is the id of the receiver. Every member of the room gets it.
            Event::Message(message) if message.is_to_me() => {
                let envelope: Envelope<Value> = message.args()?;
                println!("{:?}: {}", envelope.meta.client, envelope.data.payload);
                if envelope.data.action == Action::Deny {
                    break;
                }
            }
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}

async fn send(to: &Socket, target: &str, text: &str) -> Result<(), tidewire::EmitError> {
    let message = json!({"target": target, "payload": {"msg": text}});
    to.emit("exchange", message).await
}
