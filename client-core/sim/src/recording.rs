//! A run with its tape, and with faults that a user adds by hand: what the page of the simulation shows.

use std::fmt::Write as _;

use tidewire_core::EngineVersion;

use crate::injected::Injected;
use crate::native::Native;
use crate::plan::Plan;
use crate::run::{plan_of, run_to_end};
use crate::tape::{Entry, Fate, Lane, Tape};
use crate::world::World;

/// A recorded run.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The plan of the seed.
    pub plan: Plan,
    /// Everything that happened.
    pub tape: Tape,
    /// The law that was broken, if one was.
    pub law: Option<String>,
    /// When the run ended, in milliseconds.
    pub end: u64,
    /// The hash of the run's trace, which `run_seed` has, too, if no fault is added.
    pub hash: u64,
}

/// Runs a seed, with more faults at their times in milliseconds. Faults after the end of the planned ones have no effect.
pub fn record(seed: u64, injected: &[(u64, Injected)]) -> Recording {
    let (plan, rng) = plan_of(seed);
    let mut machine = Native::new(plan.config.clone());
    let mut world = World::new(&plan, &rng, &mut machine, false);
    world.record(injected);
    run_to_end(&mut world);
    let law = world.oracle.faults.first().cloned();
    Recording {
        tape: world.tape.take().unwrap_or_default(),
        law,
        end: world.now,
        hash: world.trace.hash(),
        plan,
    }
}

impl Recording {
    /// Returns the recording as JSON. Entries are arrays: `[lane, sent, arrives, kind, fate, link, text]` for a message,
    /// `[lane, time, text]` for anything else, where the lane of the application is `app`.
    ///
    /// It is written by hand: with serde_json, the wasm of the page would be a tenth larger.
    pub fn json(&self) -> String {
        let plan = &self.plan;
        let version = match plan.engine_version {
            EngineVersion::Eio3 => "2.x",
            EngineVersion::Eio4 => "4.x",
        };
        let transports = plan.config.transports.iter().map(|one| text(one.name()));
        let namespaces = plan.namespaces.iter().map(|name| text(name));
        let fields = [
            ("version", text(version)),
            ("transports", list(transports)),
            ("namespaces", list(namespaces)),
            ("end", self.end.to_string()),
            (
                "healed",
                self.tape.healed.map_or_else(null, |at| at.to_string()),
            ),
            ("law", self.law.as_deref().map_or_else(null, text)),
            ("hash", text(&format!("{:016x}", self.hash))),
            ("dropped", self.tape.dropped.to_string()),
            ("entries", list(self.tape.entries.iter().map(entry))),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", fields.join(","))
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Flight(flight) => list([
            text(lane(flight.from)),
            flight.sent.to_string(),
            flight.arrives.to_string(),
            text(flight.kind),
            text(fate(flight.fate)),
            flight.link.to_string(),
            text(&flight.text),
        ]),
        Entry::Happened(at, place, what) => list([text(lane(*place)), at.to_string(), text(what)]),
        Entry::Application(at, what) => list([text("app"), at.to_string(), text(what)]),
    }
}

fn list(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().collect();
    format!("[{}]", values.join(","))
}

fn null() -> String {
    "null".to_owned()
}

/// Returns a text as a JSON string.
fn text(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' => {
                // Writing into memory cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Client => "client",
        Lane::Network => "network",
        Lane::Server => "server",
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Flying => "flying",
        Fate::Arrived => "arrived",
        Fate::Lost => "lost",
        Fate::Ignored => "ignored",
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_text_is_json() {
        for original in ["", "a\"b\\c", "\n\u{1}\u{1f}", "你好 \u{2028} 😀"] {
            let read: String = serde_json::from_str(&text(original)).unwrap();
            assert_eq!(read, original);
        }
    }
}
