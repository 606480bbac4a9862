//! A bot in a chat that answers who speaks to it, until Ctrl-C: `cargo run -p tidewire --example chat_bot -- [URL]`.
//!
//! Start a server (`cargo run -p tidewire-testbed -- --port 3000`) and `--example chat`, and write `tide: what time is it?`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::future::Future;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidewire::fleet::{Bot, BotResult, Fleet, FleetStatus, Restart};
use tidewire::{BuildError, Client, Context, error_text};

const URL: &str = "http://127.0.0.1:3000/lab";
const ROOM: &str = "chat";

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

/// Runs until `stop` ends.
pub(crate) async fn run(
    url: &str,
    stop: impl Future<Output = ()>,
) -> Result<FleetStatus, BuildError> {
    let url = url.to_owned();
    let fleet = Fleet::builder(1)
        .names(|_| "tide".to_owned())
        // The lines that the bot has heard, also before a restart.
        .state(|_| AtomicU64::new(0))
        .restart(Restart::always())
        .start(move |bot| chat(bot, url.clone()))?;
    stop.await;
    Ok(fleet.stop(Duration::from_secs(5)).await)
}

async fn chat(bot: Bot<AtomicU64>, url: String) -> BotResult {
    let builder = Client::builder(url)
        // After a reconnect, the server sees a new socket, which must join the room again.
        .on("connect", |(), cx: Context| async move {
            cx.socket().emit_with_ack::<String>("join", ROOM).await?;
            Ok::<(), tidewire::AckError>(())
        })
        .on_error(|error| eprintln!("{}", error_text(&error)));
    let socket = bot.connect(builder).await?;
    let mut lines = socket.listen::<(String, String)>("said");
    loop {
        tokio::select! {
            () = bot.stopped() => break,
            line = lines.next() => {
                // `None` after a kick: the run ends, and the fleet begins another one.
                let Some(line) = line else { return Ok(()) };
                let (who, text) = line?;
                let count = bot.state().fetch_add(1, Ordering::Relaxed) + 1;
                if let Some(question) = text.strip_prefix(&format!("{}: ", bot.name())) {
                    let answer = format!("{who}, you ask \"{question}\" in line {count}");
                    socket.emit("say", (ROOM, bot.name(), answer)).await?;
                }
            }
        }
    }
    // The fleet stops, and waits for this.
    socket.emit("say", (ROOM, bot.name(), "goodbye")).await?;
    socket.emit_with_ack::<String>("leave", ROOM).await?;
    Ok(())
}
