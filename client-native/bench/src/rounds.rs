//! The parent: runs all rows in each round, with a new server and a new client for each.

use std::io::{IsTerminal as _, Write as _};
use std::process::Command;

use clap::ValueEnum;

use crate::counts::{Counters, Counts};
use crate::result::Result;
use crate::rows::{Client, ROWS, Row, Wanted};
use crate::sample::Sample;
use crate::scale::{self, Scale};
use crate::{callgrind, child, launch, machine};

/// How much to measure.
pub(crate) struct Effort {
    pub(crate) rounds: u32,
    /// A tenth of the events and connections.
    pub(crate) is_quick: bool,
    pub(crate) instructions: When,
}

/// The values of `--instructions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If valgrind is installed, and without `--quick`.
    Auto,
    Always,
    Never,
}

/// All that was measured.
pub(crate) struct Run {
    pub(crate) rounds: u32,
    pub(crate) rows: Vec<Measured>,
    /// Notes for the reader of the table.
    pub(crate) notes: Vec<&'static str>,
    /// The scale measurement, if it is wanted.
    pub(crate) scale: Option<Scale>,
}

/// A row, a sample of it in every round, and its counts.
pub(crate) struct Measured {
    pub(crate) at: usize,
    pub(crate) samples: Vec<Sample>,
    pub(crate) counts: Counts,
}

impl Measured {
    pub(crate) fn row(&self) -> &'static Row {
        &ROWS[self.at]
    }
}

pub(crate) fn run(wanted: &Wanted, effort: &Effort) -> Result<Run> {
    let counters = counters(effort.instructions, effort.is_quick)?;
    let mut run = Run {
        rounds: effort.rounds,
        rows: Vec::new(),
        notes: notes(effort, &counters),
        scale: None,
    };
    let has_node = child::has_node();
    for &at in &wanted.rows {
        if ROWS[at].client != Client::Node || has_node {
            run.rows.push(Measured {
                at,
                samples: Vec::new(),
                counts: Counts::default(),
            });
        }
    }
    if run.rows.len() < wanted.rows.len() {
        run.notes.push(
            "Node is left out: it or its client (`cargo xtask test --only peers`) is not installed",
        );
    }
    measure(&mut run.rows, effort, &counters)?;
    if wanted.scale {
        progress("very many connections");
        run.scale = Some(scale::measure(effort.is_quick)?);
    }
    progress("");
    Ok(run)
}

fn measure(rows: &mut [Measured], effort: &Effort, counters: &Counters) -> Result<()> {
    let count = |row: &Row| row.measurement.count() / if effort.is_quick { 10 } else { 1 };
    for round in 1..=effort.rounds {
        for measured in &mut *rows {
            let row = measured.row();
            progress(&format!(
                "round {round} of {}: {}",
                effort.rounds,
                row.name()
            ));
            let client = Command::new(launch::timing_program()?);
            let sample = launch::measure(client, measured.at, count(row))?;
            measured.samples.push(sample);
        }
    }
    for measured in rows {
        let row = measured.row();
        if row.client != Client::Node {
            progress(&format!("counting: {}", row.name()));
            measured.counts = Counts::of(measured.at, count(row), counters)?;
        }
    }
    Ok(())
}

fn counters(instructions: When, is_quick: bool) -> Result<Counters> {
    Ok(Counters {
        has_callgrind: match instructions {
            When::Auto => !is_quick && callgrind::is_installed(),
            When::Always if !callgrind::is_installed() => {
                return Err("instructions are counted by valgrind, which is not installed".into());
            }
            When::Always => true,
            When::Never => false,
        },
        has_counting_program: launch::counting_program()?.is_some(),
    })
}

fn notes(effort: &Effort, counters: &Counters) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if machine::processors() < 2 {
        notes.push("one processor: server and client share it");
    }
    if !cfg!(target_os = "linux") {
        notes.push("processes are not pinned: this is Linux only");
    }
    if effort.is_quick {
        notes.push("quick: a tenth of the events and connections");
    }
    if effort.instructions == When::Auto && !effort.is_quick && !counters.has_callgrind {
        notes.push("instructions are not counted: valgrind is not installed");
    }
    if !counters.has_counting_program {
        notes.push("allocations are not counted: tidewire-bench-counting is not built");
    }
    notes
}

/// Shows the progress in one line, on a terminal.
fn progress(text: &str) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let _ = write!(terminal, "\r\x1b[2K{text}");
        let _ = terminal.flush();
    }
}
