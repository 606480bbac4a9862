//! The table: a section for each measurement, with the columns that it has.

use super::figures::Figures;
use crate::rounds::Run;
use crate::rows::{Measurement, Row};

/// A column. It is left out of a section in which no row has it.
struct Column {
    head: &'static str,
    width: usize,
    cell: fn(&Figures) -> Option<String>,
}

const COLUMNS: &[Column] = &[
    Column {
        head: "x raw",
        width: 6,
        cell: |figures| Some(format!("{:.2}", figures.cost_ratio)),
    },
    Column {
        head: "(min..max)",
        width: 15,
        cell: |figures| {
            Some(format!(
                "({:.2}..{:.2})",
                figures.spread.0, figures.spread.1
            ))
        },
    },
    Column {
        head: "x serde",
        width: 8,
        cell: |figures| figures.json_ratio.map(two_digits),
    },
    Column {
        head: "instr",
        width: 9,
        cell: |figures| figures.instructions.map(no_digits),
    },
    Column {
        head: "x raw",
        width: 6,
        cell: |figures| figures.instructions_ratio.map(two_digits),
    },
    Column {
        head: "x serde",
        width: 8,
        cell: |figures| figures.instructions_json_ratio.map(two_digits),
    },
    Column {
        head: "live KiB",
        width: 9,
        cell: |figures| figures.live_kib.map(two_digits),
    },
    Column {
        head: "allocs",
        width: 8,
        cell: |figures| figures.allocations.map(|each| format!("{each:.3}")),
    },
    Column {
        head: "wire B",
        width: 7,
        cell: |figures| figures.wire.map(no_digits),
    },
    Column {
        head: "per s",
        width: 9,
        cell: |figures| figures.rate.map(no_digits),
    },
    Column {
        head: "x raw",
        width: 6,
        cell: |figures| figures.rate_ratio.map(two_digits),
    },
    Column {
        head: "p50 us",
        width: 7,
        cell: |figures| figures.p50.map(no_digits),
    },
    Column {
        head: "p99 us",
        width: 7,
        cell: |figures| figures.p99.map(no_digits),
    },
];

fn no_digits(value: f64) -> String {
    format!("{value:.0}")
}

fn two_digits(value: f64) -> String {
    format!("{value:.2}")
}

/// The meaning of the columns, and which way is better.
const LEGEND: &str = "\
less is better, except in `per s`; medians of the rounds, interleaved; the columns are of one event, ack or connection
  CPU us    CPU time of the client's process, in user space and in the kernel
  KiB       growth of the client's resident memory
  x raw     the column before it, as a multiple of the section's first row: of each round, then the median
  x serde   the same, as a multiple of the row that reads or writes the same type by serde_json, without a client
  instr     instructions in user space, counted by callgrind: repeats to about one percent; one for a byte of a large copy
  live KiB  memory allocated and not freed, as the allocator was asked: counted, without its overhead
  allocs    allocations and reallocations, counted
  wire B    bytes that the connection read and wrote, where compression is compared
  per s     in a second of wall time: MORE is better";

/// Prints all sections.
pub(super) fn print(run: &Run, rows: &[(&Row, Figures)]) {
    println!("rounds: {}", run.rounds);
    for note in &run.notes {
        println!("note: {note}");
    }
    println!("{LEGEND}");
    for section in rows.chunk_by(|(row, _), (next, _)| row.measurement == next.measurement) {
        print_section(section);
    }
}

fn print_section(rows: &[(&Row, Figures)]) {
    let Some((first, _)) = rows.first() else {
        return;
    };
    let (what, unit) = words(first.measurement);
    let is_there = |column: &&Column| rows.iter().any(|(_, row)| (column.cell)(row).is_some());
    let columns: Vec<&Column> = COLUMNS.iter().filter(is_there).collect();
    println!();
    print!("{what:<44}{unit:>9}");
    for Column { head, width, .. } in &columns {
        print!(" {head:>width$}");
    }
    println!();
    for (row, figures) in rows {
        print!("  {:<42}{:>9.3}", row.label, figures.cost);
        for Column { width, cell, .. } in &columns {
            print!(
                " {:>width$}",
                cell(figures).unwrap_or_else(|| "-".to_owned())
            );
        }
        println!();
    }
}

fn words(measurement: Measurement) -> (&'static str, &'static str) {
    match measurement {
        Measurement::Receive => ("received: a number and 32 bytes of text", "CPU us"),
        Measurement::ReceiveLarge => ("received: a number and 16 KiB of text", "CPU us"),
        Measurement::ReceiveWords => ("received: a number and 4 KiB of words", "CPU us"),
        Measurement::ReceiveBinary => ("received: an attachment of 64 KiB", "CPU us"),
        Measurement::Send => ("sent: 32 bytes of text", "CPU us"),
        Measurement::SendWords => ("sent: 4 KiB of words", "CPU us"),
        Measurement::SendBinary => ("sent: an attachment of 64 KiB", "CPU us"),
        Measurement::Acks => ("acks, one by one", "CPU us"),
        Measurement::Connect => ("connections, one by one", "CPU us"),
        Measurement::ConnectAtOnce => ("connections, 32 at a time", "CPU us"),
        Measurement::Idle => ("idle connections", "KiB"),
    }
}
