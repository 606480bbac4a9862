//! The exit statuses of the program.

use std::process::ExitCode;

use super::console;

/// A threshold is not met, no user was connected, or a shard is lost or missing.
pub(super) const UNMET: u8 = 1;
/// The run could not begin, or a report could not be written.
const FAILED: u8 = 2;
/// Ctrl-C, SIGTERM or SIGHUP ended the run.
pub(super) const INTERRUPTED: u8 = 130;

/// Prints an error; returns the status of a run that could not begin.
pub(super) fn fail(text: &str) -> ExitCode {
    console::error(text);
    ExitCode::from(FAILED)
}

/// Prints errors; returns the status of a report that could not be written.
pub(super) fn fail_with(errors: &[String]) -> ExitCode {
    errors.iter().for_each(|text| console::error(text));
    ExitCode::from(FAILED)
}
