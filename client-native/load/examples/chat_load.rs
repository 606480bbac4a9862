//! Load as code: users that join a room and talk, against `cargo run -p tidewire-testbed -- --port 3000`.
//!
//! `cargo run --release -p tidewire-load --example chat_load -- http://localhost:3000`
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::process::ExitCode;
use std::time::Duration;

use tidewire_load::{Failure, Load, Phase, Report, Spread, Threshold, User};

/// One user: joins a room of ten, says something every second, and hears the others.
async fn talk(user: User) -> Result<(), Failure> {
    let lab = user.connect("/lab").await?;
    let room = format!("room {}", user.number() / 10);
    let _: String = lab.ack("join", &room).await?;
    let mut pace = user.pace(Duration::from_secs(1));
    for _ in 0..10 {
        pace.tick().await?;
        let tag = user.tag("say", 1, Duration::from_secs(5));
        lab.emit("say", (&room, tag)).await?;
        lab.wait("said").await?;
    }
    user.think(Spread::Exponential(Duration::from_millis(500)))
        .await
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1);
    let outcome = Load::new(url.as_deref().unwrap_or("http://localhost:3000"))?
        .phase(Phase::ramp(1.0, 20.0, Duration::from_secs(10)))
        .user("talker", 1, talk)
        .run()
        .await?;
    let mut report = Report::new(&outcome);
    report.judge(&[Threshold::parse("delivery.p99 < 500ms")?]);
    println!("{report}");
    Ok(ExitCode::from(u8::from(!report.verdicts[0].is_met)))
}
