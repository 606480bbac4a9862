//! A bot that answers each message in a room of egg-socket.io, until Ctrl-C: `cargo run -p tidewire --example exchange_bot -- [URL]`.
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
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tidewire::fleet::{Bot, BotResult, Fleet, FleetStatus, Restart};
use tidewire::peers::{PeerEvent, PeerMessage, Peers};
use tidewire::{BuildError, Client, Event, error_text};

const URL: &str = "http://127.0.0.1:3000/ptop?room=demo&userId=bot";

#[tokio::main]
async fn main() -> ExitCode {
    let url = std::env::args().nth(1).unwrap_or_else(|| URL.to_owned());
    let ctrl_c = async { drop(tokio::signal::ctrl_c().await) };
    match run(&url, ctrl_c).await {
        Ok(status) => {
            println!("{status}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", error_text(&error));
            ExitCode::FAILURE
        }
    }
}

/// How often each peer has asked. The bot remembers it when it begins again.
type Asked = Mutex<HashMap<String, u32>>;

/// Runs until `stop` ends, or the bot has failed or was denied twice in a row.
pub(crate) async fn run(
    url: &str,
    stop: impl Future<Output = ()>,
) -> Result<FleetStatus, BuildError> {
    let url = url.to_owned();
    let fleet = Fleet::builder(1)
        .state(|_| Asked::default())
        .restart(Restart::on_failure().attempts(1))
        .start(move |bot| answer_all(bot, url.clone()))?;
    let mut events = fleet.events();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            event = events.next() => match event {
                Some(event) => println!("{}: {:?}", event.name, event.change),
                None => break,
            },
        }
    }
    // Writes what is left, and tells the server.
    Ok(fleet.stop(Duration::from_secs(5)).await)
}

async fn answer_all(bot: Bot<Asked>, url: String) -> BotResult {
    let client = bot.client(Client::builder(url))?;
    let mut peers = Peers::new(&client.socket());
    // Goes on while the server is down; `Bot::connect` makes one attempt.
    client.socket().start();
    while let Some(event) = peers.next().await {
        match event {
            PeerEvent::Message(message) => answer(&bot, &peers, &message).await?,
            PeerEvent::Left(id) => drop(asked(&bot, |asked| asked.remove(&id))),
            PeerEvent::Denied(message) => println!("denied: {message:?}"),
            // A kick, a refusal: no event follows.
            PeerEvent::Other(Event::Ended(why)) => return Err(why.into()),
            PeerEvent::Error(error) => eprintln!("{}", error_text(&error)),
            _ => {}
        }
    }
    Ok(())
}

/// A message that the bot answers. Other payloads are not for it.
#[derive(Deserialize)]
struct Question {
    msg: String,
}

/// Answers the sender, with how often it has asked.
async fn answer(bot: &Bot<Asked>, peers: &Peers, message: &PeerMessage) -> BotResult {
    let (Some(sender), Ok(Question { msg })) = (message.sender(), message.payload()) else {
        return Ok(());
    };
    let count = asked(bot, |asked| {
        let count = asked.entry(sender.to_owned()).or_insert(0);
        *count += 1;
        *count
    });
    let text = format!("{msg}? That is question {count}.");
    peers
        .reply(message, serde_json::json!({"msg": text}))
        .await?;
    Ok(())
}

fn asked<T>(bot: &Bot<Asked>, change: impl FnOnce(&mut HashMap<String, u32>) -> T) -> T {
    change(&mut bot.state().lock().unwrap_or_else(PoisonError::into_inner))
}
