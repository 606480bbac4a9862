//! The demo's output: one line for each event, and a summary at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tidewire::EngineVersion;
use tidewire::fleet::Exit;

/// An event of a bot.
#[derive(Debug)]
pub(crate) enum BotEvent {
    Joined {
        who: String,
        engine_version: EngineVersion,
        here: usize,
    },
    Sent {
        who: String,
    },
    Received {
        who: String,
    },
    Answered {
        who: String,
        by: String,
        text: String,
        after: Duration,
    },
}

#[derive(Debug, Default)]
struct Row {
    engine_version: Option<EngineVersion>,
    sent: u32,
    received: u32,
    /// Round trips, sender to receiver and back, through the server twice.
    round_trips: Vec<Duration>,
}

#[derive(Debug)]
pub(crate) struct Board {
    start: Instant,
    rows: BTreeMap<String, Row>,
    troubles: u32,
}

impl Board {
    pub(crate) fn new() -> Board {
        Board {
            start: Instant::now(),
            rows: BTreeMap::new(),
            troubles: 0,
        }
    }

    pub(crate) fn show(&mut self, event: BotEvent) {
        match event {
            BotEvent::Joined {
                who,
                engine_version,
                here,
            } => {
                self.line(&format!(
                    "{who:<8} joins over {}: {here} in the room",
                    version(engine_version)
                ));
                self.row(who).engine_version = Some(engine_version);
            }
            BotEvent::Sent { who } => self.row(who).sent += 1,
            BotEvent::Received { who } => self.row(who).received += 1,
            BotEvent::Answered {
                who,
                by,
                text,
                after,
            } => {
                let millis = after.as_secs_f64() * 1000.0;
                self.line(&format!(
                    "{by:<8} -> {who:<8} {text:<40} round trip {millis:6.2} ms"
                ));
                self.row(who).round_trips.push(after);
            }
        }
    }

    /// The end of a bot's run. While the demo goes on, there should be none.
    pub(crate) fn show_exit(&mut self, who: &str, exit: &Exit) {
        self.troubles += u32::from(exit.is_failure());
        self.line(&format!("{who:<8} has ended: {exit}"));
    }

    /// Prints the summary. Returns whether all bots have sent, received and been answered.
    pub(crate) fn summarize(&mut self, bots: usize) -> bool {
        println!(
            "\n{:<8} {:<12} {:>6} {:>9} {:>9} {:>18}",
            "bot", "protocol", "sent", "received", "answers", "median round trip"
        );
        let mut total = 0;
        for (name, row) in &mut self.rows {
            row.round_trips.sort_unstable();
            let median = row.round_trips.get(row.round_trips.len() / 2);
            println!(
                "{name:<8} {:<12} {:>6} {:>9} {:>9} {:>15.2} ms",
                row.engine_version.map_or("?", version),
                row.sent,
                row.received,
                row.round_trips.len(),
                median.map_or(f64::NAN, |median| median.as_secs_f64() * 1000.0),
            );
            total += row.received;
        }
        let all = self.rows.len() == bots
            && self.troubles == 0
            && self
                .rows
                .values()
                .all(|row| row.received > 0 && !row.round_trips.is_empty());
        println!(
            "\n{total} messages exchanged in {:.1} s between {} bots: {}",
            self.start.elapsed().as_secs_f64(),
            self.rows.len(),
            if all {
                "every bot was heard and answered"
            } else {
                "NOT every bot was heard"
            },
        );
        all
    }

    fn line(&self, text: &str) {
        println!("{:6.2} s  {text}", self.start.elapsed().as_secs_f64());
    }

    fn row(&mut self, name: String) -> &mut Row {
        self.rows.entry(name).or_default()
    }
}

fn version(engine_version: EngineVersion) -> &'static str {
    match engine_version {
        EngineVersion::Eio3 => "Engine.IO 3",
        EngineVersion::Eio4 => "Engine.IO 4",
    }
}
