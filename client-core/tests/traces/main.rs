//! Replays recorded sessions of real clients and servers through the machine, and compares frames and events.
//!
//! `data/NAME.jsonl` has the frames of a session (one per line, with its time), `data/NAME.events.jsonl` the reports of the recorded
//! client. They were recorded with socket.io-client 2.x and related clients against egg-socket.io and socket.io 2.x, over WebSocket,
//! over polling, and with an upgrade. `differences.rs` lists the intended differences. The data files keep their format.

mod account;
#[allow(dead_code, reason = "shared with the machine tests")]
#[path = "../machine/support/body.rs"]
mod body;
mod differences;
mod events;
#[allow(dead_code, reason = "shared with the machine tests")]
#[path = "../machine/support/payload.rs"]
mod payload;
mod replay;
mod sessions;
mod trace;
#[allow(dead_code, reason = "shared with the machine tests")]
#[path = "../machine/support/wire.rs"]
mod wire;

use account::Account;
use differences::{Change, DIFFERENCES, LEFT_OUT};
use replay::replay;
use trace::Trace;

#[test]
fn every_trace_is_replayed_as_recorded_except_for_the_listed_differences() {
    let names = trace::names();
    assert!(names.len() >= 100, "traces are missing");
    let mut problems = Vec::new();
    for name in &names {
        let trace = Trace::load(name);
        for (at, part) in trace.parts().iter().enumerate() {
            let recorded = events::recorded(&trace, part);
            let ours = replay(&trace, part, false);
            let by_fast_lane = replay(&trace, part, true);
            assert_eq!(by_fast_lane, ours, "both lanes do the same: {name}");
            compare(&mut problems, name, at, recorded, ours);
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}

#[test]
fn the_tables_name_existing_traces_and_give_reasons() {
    let names = trace::names();
    for difference in &DIFFERENCES {
        for name in difference.traces {
            assert!(names.iter().any(|own| own == name), "no trace {name}");
        }
        assert!(difference.why.len() > 20);
    }
    for (name, why) in LEFT_OUT {
        assert!(
            !names.iter().any(|own| own == name),
            "{name} is in the data"
        );
        assert!(why.len() > 20);
    }
}

/// Applies the listed differences of a trace, and notes the remaining ones.
fn compare(
    problems: &mut Vec<String>,
    name: &str,
    part: usize,
    mut recorded: Account,
    mut ours: Account,
) {
    for difference in DIFFERENCES.iter().filter(|own| own.concerns(name, part)) {
        for change in difference.changes {
            if !change.apply(&mut recorded, &mut ours) {
                problems.push(format!("{name}.{part}: stale: {change:?}"));
            }
        }
    }
    for (what, recorded, ours) in [
        ("frames", recorded.frames, ours.frames),
        ("events", recorded.events, ours.events),
        ("connection", recorded.connection, ours.connection),
    ] {
        if recorded != ours {
            let (recorded, ours) = (recorded.join("\n    "), ours.join("\n    "));
            problems.push(format!(
                "{name}.{part}: {what}\n  recorded\n    {recorded}\n  ours\n    {ours}"
            ));
        }
    }
}

impl Change {
    /// Applies the change. Returns whether it changed anything; otherwise it is stale.
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
            Change::EventMissing(front) => remove(&mut recorded.events, front),
            Change::EventsMissing(front) => {
                std::iter::from_fn(|| remove(&mut recorded.events, front).then_some(())).count() > 1
            }
            Change::EventExtra(front) => remove(&mut ours.events, front),
            Change::ConnectionMissing(front) => remove(&mut recorded.connection, front),
            Change::ConnectionExtra(front) => remove(&mut ours.connection, front),
            Change::EarlyAfterConnected => recorded.early_after_connected(),
        }
    }
}
