//! The table, the aims, and the file of all samples.
//!
//! Layers, bottom up: figures -> aims, table -> mod.

mod aims;
mod figures;
mod table;

use std::path::Path;

use serde_json::json;

use self::aims::{Verdict, verdicts};
use self::figures::Figures;
use crate::result::Result;
use crate::rounds::{Measured, Run};
use crate::rows::Row;
use crate::{machine, scale};

pub(crate) fn print(run: &Run) {
    let rows: Vec<(&Row, Figures)> = run
        .rows
        .iter()
        .map(|measured| (measured.row(), Figures::of(measured, &run.rows)))
        .collect();
    if !rows.is_empty() {
        table::print(run, &rows);
        print_aims(&rows);
    }
    if let Some(scale) = &run.scale {
        scale::print(scale);
    }
}

fn print_aims(rows: &[(&Row, Figures)]) {
    let mut head = Some("aims");
    for (row, figures) in rows {
        for verdict in verdicts(row, figures) {
            if let Some(head) = head.take() {
                println!("\n{head}");
            }
            println!("{}", verdict.line(row));
        }
    }
}

/// Writes everything measured as JSON.
pub(crate) fn write(run: &Run, file: &Path) -> Result<()> {
    let row = |measured: &Measured| {
        let row = measured.row();
        let verdicts = verdicts(row, &Figures::of(measured, &run.rows));
        json!({
            "measurement": row.measurement,
            "client": row.client,
            "label": row.label,
            "samples": measured.samples,
            "counts": measured.counts,
            "aims": verdicts.iter().map(Verdict::json).collect::<Vec<_>>(),
        })
    };
    let all = json!({
        "rounds": run.rounds,
        "processors": machine::processors(),
        "notes": run.notes,
        "rows": run.rows.iter().map(row).collect::<Vec<_>>(),
        "scale": run.scale,
    });
    Ok(std::fs::write(file, format!("{all:#}\n"))?)
}
