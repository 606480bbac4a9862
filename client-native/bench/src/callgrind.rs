//! Valgrind's callgrind, which counts the instructions of a program in user space.

use std::path::Path;
use std::process::Command;

use crate::result::Result;

pub(crate) fn is_installed() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|version| version.status.success())
}

/// Runs what is added to it, and writes a profile to `file`.
pub(crate) fn command(file: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "-q"]);
    command.arg(format!("--callgrind-out-file={}", file.display()));
    command
}

/// All instructions in a profile.
pub(crate) fn instructions(profile: &str) -> Result<f64> {
    let events = line(profile, "events:").ok_or("a profile without events")?;
    let totals = line(profile, "totals:").ok_or("a profile without totals")?;
    let mut pairs = events.split_whitespace().zip(totals.split_whitespace());
    let (_, total) = pairs
        .find(|(event, _)| *event == "Ir")
        .ok_or("a profile without instructions")?;
    Ok(total.parse::<u64>()? as f64)
}

fn line<'a>(profile: &'a str, name: &str) -> Option<&'a str> {
    profile.lines().find_map(|line| line.strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_the_total_below_their_name() {
        let profile = "# callgrind format\nversion: 1\npositions: line\nevents: Ir\n\
                       summary: 84433460\n\nfn=(1) main\n12 34\ncalls=1 12\ntotals: 84433460\n";
        assert_eq!(instructions(profile).unwrap(), 84_433_460.0);
        let more = "events: Dr Ir Dw\ntotals: 1 2 3\n";
        assert_eq!(instructions(more).unwrap(), 2.0);
    }

    #[test]
    fn a_profile_without_a_total_is_an_error() {
        for profile in [
            "",
            "events: Ir\n12 34\n",
            "totals: 5\n",
            "events: Dr\ntotals: 5\n",
            "events: Ir\ntotals: many\n",
            "events: Dr Ir\ntotals: 5\n",
        ] {
            assert!(instructions(profile).is_err(), "{profile:?}");
        }
    }
}
