//! Replays recorded sessions of real clients and servers through the machine, and compares what it sends and says.
//!
//! `data/NAME.jsonl` is the wire of a session (one frame per line, with its time), `data/NAME.events.jsonl` what the
//! client of then reported. They were recorded with socket.io-client 2.x and its relatives against egg-socket.io and
//! socket.io 2.x, over WebSockets, over polling, and across the upgrade from this to that. What differs on purpose stands in `differences.rs`.

mod account;
#[allow(dead_code, reason = "shared with the machine's tests")]
#[path = "../machine/support/body.rs"]
mod body;
mod differences;
mod heard;
#[allow(dead_code, reason = "shared with the machine's tests")]
#[path = "../machine/support/payload.rs"]
mod payload;
mod replay;
mod sessions;
mod trace;
#[allow(dead_code, reason = "shared with the machine's tests")]
#[path = "../machine/support/wire.rs"]
mod wire;

use account::Account;
use differences::{Change, DIFFERENCES, LEFT_OUT};
use replay::replay;
use trace::Trace;

#[test]
fn every_trace_is_replayed_as_it_was_recorded_but_for_the_listed_differences() {
    let names = trace::names();
    assert!(names.len() >= 100, "the traces are there");
    let mut complaints = Vec::new();
    for name in &names {
        let trace = Trace::load(name);
        for (at, part) in trace.parts().iter().enumerate() {
            let recorded = heard::recorded(&trace, part);
            let ours = replay(&trace, part);
            complain(&mut complaints, name, at, recorded, ours);
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n\n"));
}

#[test]
fn the_tables_name_traces_that_are_there_and_give_reasons() {
    let names = trace::names();
    for difference in &DIFFERENCES {
        for name in difference.traces {
            assert!(names.iter().any(|own| own == name), "no trace {name}");
        }
        assert!(difference.why.len() > 20);
    }
    for (name, why) in LEFT_OUT {
        assert!(!names.iter().any(|own| own == name), "{name} is there");
        assert!(why.len() > 20);
    }
}

/// Applies the differences listed for this trace to what was recorded, and notes what is left.
fn complain(
    complaints: &mut Vec<String>,
    name: &str,
    part: usize,
    mut recorded: Account,
    mut ours: Account,
) {
    for difference in DIFFERENCES.iter().filter(|own| own.concerns(name, part)) {
        for change in difference.changes {
            if !change.apply(&mut recorded, &mut ours) {
                complaints.push(format!("{name}.{part}: stale: {change:?}"));
            }
        }
    }
    for (what, recorded, ours) in [
        ("frames", recorded.frames, ours.frames),
        ("news", recorded.news, ours.news),
        ("connection", recorded.connection, ours.connection),
    ] {
        if recorded != ours {
            let (recorded, ours) = (recorded.join("\n    "), ours.join("\n    "));
            complaints.push(format!(
                "{name}.{part}: {what}\n  recorded\n    {recorded}\n  ours\n    {ours}"
            ));
        }
    }
}

impl Change {
    /// Whether it changed anything; a change that does not is stale.
    fn apply(&self, recorded: &mut Account, ours: &mut Account) -> bool {
        let remove = |lines: &mut Vec<String>, front: &str| {
            let found = lines.iter().rposition(|line| line.starts_with(front));
            found.map(|at| lines.remove(at)).is_some()
        };
        match self {
            Change::FrameMissing(front) => remove(&mut recorded.frames, front),
            Change::FramesMissing(front) => {
                let all = recorded.frames.len();
                let missing = |line: &String| {
                    let frame = line.split_once(' ').map_or("", |(_, frame)| frame);
                    frame.starts_with(front) && !ours.frames.contains(line)
                };
                recorded.frames.retain(|line| !missing(line));
                recorded.frames.len() < all
            }
            Change::FrameExtra(front) => remove(&mut ours.frames, front),
            Change::NewsMissing(front) => remove(&mut recorded.news, front),
            Change::NewsMissingOften(front) => {
                std::iter::from_fn(|| remove(&mut recorded.news, front).then_some(())).count() > 1
            }
            Change::NewsExtra(front) => remove(&mut ours.news, front),
            Change::ConnectionMissing(front) => remove(&mut recorded.connection, front),
            Change::ConnectionExtra(front) => remove(&mut ours.connection, front),
            Change::EarlyAfterConnected => recorded.early_after_connected(),
        }
    }
}
