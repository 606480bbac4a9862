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

use std::process::ExitCode;

use serde_json::{Value, json};
use tidewire::peers::{PeerEvent, Peers};
use tidewire::{Client, Event, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

const URL: &str = "http://127.0.0.1:3000/ptop?room=demo&userId=bot";

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

pub(crate) async fn run(url: &str) -> Result<(), Error> {
    let client = Client::builder(url).build()?;
    let mut peers = Peers::new(&client.socket());
    client.socket().connect().await?;
    while let Some(event) = peers.next().await {
        match event {
            PeerEvent::Connected(id) => println!("* connected as {id}"),
            PeerEvent::Joined(id) => {
                println!("* {id} is here");
                peers.send(&*id, json!({"msg": "hello from a bot"})).await?;
            }
            PeerEvent::Left(id) => println!("* {id} left"),
            PeerEvent::Message(message) => {
                let payload: Value = message.payload()?;
                println!("{}: {payload}", message.sender().unwrap_or("?"));
            }
            PeerEvent::Denied(message) => println!("* denied: {}", message.payload::<Value>()?),
            // A kick, for example. No event follows.
            PeerEvent::Other(Event::Ended(why)) => {
                println!("* {}", error_text(&why));
                break;
            }
            PeerEvent::Error(error) => eprintln!("* {}", error_text(&error)),
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}
