//! Merges the reports of shards.

use std::process::ExitCode;

use super::execute::finish;
use super::exit::fail;
use super::options::Merge;
use super::output::{Files, read_report};
use crate::report::Report;

/// Merges, reports, and returns the exit status.
pub(crate) fn run(merge: &Merge) -> ExitCode {
    match prepare(merge) {
        Ok((report, files)) => finish(&report, &files, &[]),
        Err(text) => fail(&text),
    }
}

fn prepare(merge: &Merge) -> Result<(Report, Files), String> {
    let files = Files::prepare(&merge.output, &merge.files)?;
    let reports: Result<Vec<Report>, String> =
        merge.files.iter().map(|path| read_report(path)).collect();
    let mut report = Report::merge(&reports?)?;
    report.judge(&merge.output.threshold);
    Ok((report, files))
}
