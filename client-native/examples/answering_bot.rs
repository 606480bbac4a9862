//! A bot that answers each message in a room, until Ctrl-C: `cargo run -p tidewire --example answering_bot -- [URL]`.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::collections::HashMap;
use std::future::Future;
use std::process::ExitCode;

use serde::Deserialize;
use tidewire::peers::{PeerEvent, PeerMessage, Peers};
use tidewire::{Client, Event, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

const URL: &str = "http://127.0.0.1:3000/ptop?room=demo&userId=bot";

#[tokio::main]
async fn main() -> ExitCode {
    let url = std::env::args().nth(1).unwrap_or_else(|| URL.to_owned());
    let ctrl_c = async { drop(tokio::signal::ctrl_c().await) };
    match run(&url, ctrl_c).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

/// A message that the bot answers. Other payloads are not for it.
#[derive(Deserialize)]
struct Question {
    msg: String,
}

/// Runs until `stop` ends, or the server disconnects the bot for good.
pub(crate) async fn run(url: &str, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let client = Client::builder(url).build()?;
    let mut peers = Peers::new(&client.socket());
    // Goes on while the server is down; `connect` makes one attempt.
    client.socket().start();
    let mut asked = HashMap::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            event = peers.next() => match event {
                Some(PeerEvent::Message(message)) => answer(&peers, &message, &mut asked).await?,
                Some(PeerEvent::Left(id)) => drop(asked.remove(&id)),
                Some(PeerEvent::Denied(message)) => println!("denied: {message:?}"),
                // A kick, a refusal: no event follows.
                Some(PeerEvent::Other(Event::Ended(why))) => return Err(why.into()),
                Some(PeerEvent::Error(error)) => eprintln!("{}", error_text(&error)),
                Some(_) => {}
                None => break,
            },
        }
    }
    // Writes what is left, and tells the server.
    client.close().await;
    Ok(())
}

/// Answers the sender, with how often it has asked.
async fn answer(
    peers: &Peers,
    message: &PeerMessage,
    asked: &mut HashMap<String, u32>,
) -> Result<(), Error> {
    let (Some(sender), Ok(Question { msg })) = (message.sender(), message.payload()) else {
        return Ok(());
    };
    let count = asked.entry(sender.to_owned()).or_insert(0);
    *count += 1;
    let text = format!("{msg}? That is question {count}.");
    peers
        .reply(message, serde_json::json!({"msg": text}))
        .await?;
    Ok(())
}
