//! Whether the program ends when its terminal is closed.

use std::io::{IsTerminal, stderr, stdout};

/// The bit of SIGHUP, signal 1, in a set of signals.
const HANGUP: u64 = 1;

/// Returns whether the process was started to outlive its terminal, as `nohup` does: with SIGHUP ignored.
pub(super) fn is_ignored() -> bool {
    match ignored() {
        Some(signals) => signals & HANGUP != 0,
        // `nohup` leaves no output on a terminal.
        None => !stdout().is_terminal() && !stderr().is_terminal(),
    }
}

/// The signals that the process ignores, if the system tells.
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    parse(&status)
}

fn parse(status: &str) -> Option<u64> {
    let signals = status.lines().find_map(|it| it.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(signals.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_those_of_the_status() {
        let status = |signals: &str| format!("Name:\tx\nSigBlk:\t0001\nSigIgn:\t{signals}\n");
        assert_eq!(parse(&status("0000000000001001")), Some(0x1001));
        assert_eq!(parse(&status("0000000000001000")), Some(0x1000));
        assert_eq!(parse("Name:\tx\n"), None);
    }
}
