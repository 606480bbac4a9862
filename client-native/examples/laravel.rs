//! Hears Laravel's broadcasts through laravel-echo-server, and greets each user who joins:
//! `cargo run -p tidewire --example laravel -- [URL] [TOKEN]`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};
use tidewire::echo::{ChannelEvent, Echo};
use tidewire::{Client, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or("http://127.0.0.1:6001".to_owned());
    let token = args.next().unwrap_or_default();
    match run(&url, &token).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

#[derive(Deserialize)]
struct Order {
    id: u64,
}

/// Runs until the connection ends, or Laravel refuses the room.
pub(crate) async fn run(url: &str, token: &str) -> Result<(), Error> {
    let socket = Client::builder(url).build()?.socket();
    let echo = Echo::builder(&socket).bearer_token(token).build()?;
    let shipped = |order: Order, _| async move { println!("order {} is shipped", order.id) };
    let orders = echo.channel("orders")?.listen("OrderShipped", shipped)?;
    orders.subscribe().await?;
    let room = echo.join("room.1")?;
    let mut events = room.events();
    room.subscribe().await?;
    socket.start();
    while let Some(event) = events.next().await {
        match event {
            ChannelEvent::Here(users) => println!("* {} are here", users.len()),
            ChannelEvent::Joining(user) => {
                room.whisper("hello", json!({"to": user.user_id})).await?;
            }
            ChannelEvent::Leaving(user) => println!("* {} left", user.user_id),
            ChannelEvent::Message(message) => {
                println!("{}: {}", message.event(), message.data::<Value>()?);
            }
            ChannelEvent::Refused(status) => {
                return Err(format!("Laravel refuses the room: status {status}").into());
            }
            _ => {}
        }
    }
    Ok(())
}
