//! The instructions and allocations of one event. They are counted, so they hardly vary, and once is enough.

use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

use serde::Serialize;

use crate::result::Result;
use crate::rows::ROWS;
use crate::sample::Sample;
use crate::slope::Slope;
use crate::{callgrind, launch};

/// The programs that count, as far as they are there.
pub(crate) struct Counters {
    pub(crate) has_callgrind: bool,
    pub(crate) has_counting_program: bool,
}

/// The costs of one event or connection, as far as they were counted.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    /// Instructions of the client's process in user space.
    pub(crate) instructions: Option<Slope>,
    /// Allocations and reallocations.
    pub(crate) allocations: Option<Slope>,
    /// Bytes allocated and not freed.
    pub(crate) live_bytes: Option<Slope>,
}

impl Counts {
    /// Counts for a row. `count` is the number of events or connections when the times are taken.
    pub(crate) fn of(row: usize, count: u64, counters: &Counters) -> Result<Counts> {
        // Large enough that what happens once in a thousand events shows, small enough for callgrind.
        let (few, many) = (count / 10, count / 10 * 3);
        let mut counts = Counts::default();
        if counters.has_counting_program
            && let Some(program) = launch::counting_program()?
        {
            let run = |count| launch::measure(Command::new(&program), row, count);
            let (few, many) = (run(few)?, run(many)?);
            counts.allocations = slope(few, many, |sample| sample.allocations);
            counts.live_bytes = slope(few, many, |sample| sample.live_bytes);
        }
        if counters.has_callgrind && ROWS[row].has_instructions() {
            let (few, many) = (
                (few, instructions(row, few)?),
                (many, instructions(row, many)?),
            );
            counts.instructions = Some(Slope::between(few, many));
        }
        Ok(counts)
    }
}

fn slope(few: Sample, many: Sample, figure: fn(&Sample) -> Option<f64>) -> Option<Slope> {
    let point = |sample: Sample| Some((sample.count, figure(&sample)?));
    Some(Slope::between(point(few)?, point(many)?))
}

/// All instructions of a client's process.
fn instructions(row: usize, count: u64) -> Result<f64> {
    let file = env::temp_dir().join(format!("tidewire-bench-{}.callgrind", process::id()));
    let counted = profile(&file, row, count);
    // It is there, unless callgrind has failed.
    let _ = fs::remove_file(&file);
    callgrind::instructions(&counted?)
}

fn profile(file: &Path, row: usize, count: u64) -> Result<String> {
    let mut client = callgrind::command(file);
    client.arg(launch::timing_program()?);
    launch::measure(client, row, count)?;
    Ok(fs::read_to_string(file)?)
}
