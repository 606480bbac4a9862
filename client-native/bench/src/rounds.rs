//! The parent: runs all rows in each round, with a new server and a new client for each.

use std::env;
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use crate::process::Server;
use crate::result::Result;
use crate::rows::{Client, ROWS, Wanted};
use crate::sample::Sample;
use crate::scale::{self, Scale};
use crate::{child, machine};

/// All samples.
pub(crate) struct Run {
    pub(crate) rounds: u32,
    /// Rows, and a sample of each in every round.
    pub(crate) rows: Vec<(usize, Vec<Sample>)>,
    /// Notes for the reader of the table.
    pub(crate) notes: Vec<&'static str>,
    /// The scale measurement, if it is wanted.
    pub(crate) scale: Option<Scale>,
}

pub(crate) fn run(wanted: &Wanted, rounds: u32, quick: bool) -> Result<Run> {
    let mut run = Run {
        rounds,
        rows: Vec::new(),
        notes: notes(quick),
        scale: None,
    };
    let has_node = child::has_node();
    for &row in &wanted.rows {
        if ROWS[row].client != Client::Node || has_node {
            run.rows.push((row, Vec::new()));
        }
    }
    if run.rows.len() < wanted.rows.len() {
        run.notes.push(
            "Node is left out: it or its client (`cargo xtask test --only peers`) is not installed",
        );
    }
    for round in 1..=rounds {
        for (at, samples) in &mut run.rows {
            progress(&format!("round {round} of {rounds}: {}", name(*at)));
            samples.push(measure(*at, quick)?);
        }
    }
    if wanted.scale {
        progress("very many connections");
        run.scale = Some(scale::measure(quick)?);
    }
    progress("");
    Ok(run)
}

fn notes(quick: bool) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if machine::processors() < 2 {
        notes.push("one processor: server and client share it");
    }
    if !cfg!(target_os = "linux") {
        notes.push("processes are not pinned: this is Linux only");
    }
    if quick {
        notes.push("quick: a tenth of the events and connections");
    }
    notes
}

fn name(row: usize) -> String {
    format!("{}, {}", ROWS[row].measurement.name(), ROWS[row].label)
}

fn measure(row: usize, quick: bool) -> Result<Sample> {
    let count = ROWS[row].measurement.count() / if quick { 10 } else { 1 };
    let server = Server::start(&["server"])?;
    let mut client = Command::new(env::current_exe()?);
    client.args(["child", "--row", &row.to_string()]);
    client.args(["--port", &server.port, "--count", &count.to_string()]);
    let output = client
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "{}: the client's process failed: {}",
            name(row),
            output.status
        )
        .into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Shows the progress in one line, on a terminal.
fn progress(text: &str) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let _ = write!(terminal, "\r\x1b[2K{text}");
        let _ = terminal.flush();
    }
}
