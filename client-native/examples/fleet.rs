//! A thousand bots in one process, until Ctrl-C: `cargo run --release -p tidewire --example fleet -- [URL] [BOTS] [ROUNDS]`.
//!
//! Start a server first: `cargo run --release -p tidewire-testbed -- --port 3000`. Restart it meanwhile, and see them return. Each bot
//! has an open file, so `ulimit -n` must be higher than their number.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::collections::HashSet;
use std::future::Future;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use tidewire::fleet::{Bot, BotResult, Change, Fleet, FleetStatus, Restart};
use tidewire::{Client, error_text};
use tokio::time::{MissedTickBehavior, interval};

const URL: &str = "http://127.0.0.1:3000/lab";

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| URL.to_owned());
    let bots = args.next().unwrap_or_else(|| "1000".to_owned());
    let rounds = args.next().unwrap_or_else(|| u32::MAX.to_string());
    let ctrl_c = async { drop(tokio::signal::ctrl_c().await) };
    let ran = async {
        let work = Work {
            pause: Duration::from_secs(5),
            rounds: rounds.parse()?,
        };
        run(&url, bots.parse()?, work, ctrl_c).await
    };
    match ran.await {
        Ok(status) => {
            summarize(&status);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The work of a bot: how many events it emits, and the pause between two of them.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) pause: Duration,
    pub(crate) rounds: u32,
}

/// Runs bots until `stop` ends, or each has done its work.
pub(crate) async fn run(
    url: &str,
    bots: usize,
    work: Work,
    stop: impl Future<Output = ()>,
) -> Result<FleetStatus, Error> {
    let url = url.to_owned();
    let fleet = Fleet::builder(bots)
        .rate(200.0)
        .handshakes(50)
        .restart(Restart::on_failure())
        .start(move |bot| echo(bot, url.clone(), work))?;
    let mut events = fleet.events();
    let mut told = HashSet::new();
    let mut seconds = interval(Duration::from_secs(1));
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = seconds.tick() => {
                // On the same line again: the last one may be longer.
                print!("\r{}\x1b[K", fleet.status());
                stdout().flush()?;
            }
            event = events.next() => match event {
                // A thousand bots may have one reason.
                Some(event) => if let Change::Exited(exit) = event.change
                    && exit.is_failure()
                    && told.len() < 100
                    && told.insert(exit.clone())
                {
                    println!("\r{}: {exit}\x1b[K", event.name);
                },
                None => break,
            },
        }
    }
    println!();
    Ok(fleet.stop(Duration::from_secs(10)).await)
}

async fn echo(bot: Bot, url: String, work: Work) -> BotResult {
    let socket = bot.connect(Client::builder(url)).await?;
    let mut pulse = interval(work.pause);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..work.rounds {
        pulse.tick().await;
        // Waits for a reconnect, and fails after a kick.
        socket.wait_connected().await?;
        let echoed = socket.emit_with_ack::<String>("echo", bot.name()).await;
        // The ack of an event is lost with its connection.
        if echoed.is_ok_and(|echoed| echoed != bot.name()) {
            return Err("the server has confused two bots".into());
        }
    }
    Ok(())
}

pub(crate) fn summarize(status: &FleetStatus) {
    let metrics = &status.metrics;
    println!("{:<12} {:>10.1} s", "time", status.uptime.as_secs_f64());
    for (name, count) in [
        ("bots", status.bots as u64),
        ("acks", metrics.acks_received),
        ("bytes out", metrics.bytes_sent),
        ("bytes in", metrics.bytes_received),
        ("reconnects", metrics.reconnects),
        ("losses", metrics.losses.total()),
        ("restarts", status.restarts),
        ("failed", status.exits.failed),
        ("panicked", status.exits.panicked),
        ("kicked", status.exits.kicked),
        ("left", status.exits.stopped),
    ] {
        println!("{name:<12} {count:>10}");
    }
}
