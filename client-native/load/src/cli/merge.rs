//! Merges the reports of shards.

use std::path::Path;
use std::process::ExitCode;

use super::console;
use super::execute::{fail, finish};
use super::options::Merge;
use super::output::{Files, read_report};
use crate::report::Report;

/// Merges, reports, and returns the exit status.
pub(crate) fn run(merge: &Merge) -> ExitCode {
    match prepare(merge) {
        Ok((report, files)) => {
            console::result(report.to_string().trim_end());
            finish(&report, &files)
        }
        Err(text) => fail(&text),
    }
}

fn prepare(merge: &Merge) -> Result<(Report, Files), String> {
    let files = Files::create(&merge.output)?;
    let read = |path: &std::path::PathBuf| read_report(Path::new(path));
    let reports: Result<Vec<Report>, String> = merge.files.iter().map(read).collect();
    let mut report = Report::merge(&reports?)?;
    report.judge(&merge.output.threshold);
    Ok((report, files))
}
