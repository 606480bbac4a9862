//! Ends what takes too long: a test that hangs fails, and the output says where.

use std::process::{self, Child, Command};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// A limit of time, until it is dropped.
pub(crate) struct Limit {
    _dropped: Sender<()>,
}

impl Limit {
    /// Calls `passed` after `limit`.
    pub(crate) fn start(limit: Duration, passed: impl FnOnce() + Send + 'static) -> Self {
        let (sender, dropped) = mpsc::channel();
        thread::spawn(move || {
            if dropped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                passed();
            }
        });
        Self { _dropped: sender }
    }
}

/// Ends every program that this process has started, with all that those have started.
pub(crate) fn end_programs() {
    end_descendants(process::id());
}

/// Ends a program that this process has started, with all that it has started.
pub(crate) fn end_program(program: &mut Child) {
    end_descendants(program.id());
    // One that has ended meanwhile is not an error.
    let _ = program.kill();
    let _ = program.wait();
}

/// Ends nothing where there is no `ps`.
fn end_descendants(program: u32) {
    let Ok(listed) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() else {
        return;
    };
    let descendants = descendants(program, &String::from_utf8_lossy(&listed.stdout));
    let ids = descendants.iter().map(u32::to_string);
    // A process that has ended meanwhile is not an error.
    let _ = Command::new("kill").arg("-KILL").args(ids).output();
}

/// Returns the children of the program, their children, and so on; `listed` has a line for each process, its id and its parent's.
fn descendants(program: u32, listed: &str) -> Vec<u32> {
    let processes: Vec<(u32, u32)> = listed.lines().filter_map(ids).collect();
    let mut found = vec![program];
    let mut seen = 0;
    while let Some(&parent) = found.get(seen) {
        seen += 1;
        let children = processes.iter().filter(|process| process.1 == parent);
        found.extend(children.map(|process| process.0));
    }
    found.split_off(1)
}

fn ids(line: &str) -> Option<(u32, u32)> {
    let (own, parent) = line.trim().split_once(' ')?;
    Some((own.parse().ok()?, parent.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_at_every_depth() {
        let listed =
            "    1     0\n   10     1\n   12    11\n   11    10\n   13    10\n   20     1\n";
        assert_eq!(descendants(10, listed), [11, 13, 12]);
        assert!(descendants(20, listed).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn programs_end_with_what_they_started() {
        use std::io;

        // Its children have the pipe, too, which closes once all have ended.
        let (mut pipe, writer) = io::pipe().unwrap();
        let mut program = Command::new("sh")
            .args(["-c", "sh -c 'echo; sleep 600; true'; true"])
            .stdout(writer)
            .spawn()
            .unwrap();
        io::Read::read_exact(&mut pipe, &mut [0]).unwrap();
        end_descendants(program.id());
        assert!(program.wait().unwrap().success());
        io::copy(&mut pipe, &mut io::sink()).unwrap();
    }

    #[test]
    fn a_limit_counts_until_it_is_dropped() {
        let (report, reports) = mpsc::channel();
        let late = report.clone();
        drop(Limit::start(Duration::from_secs(600), move || {
            late.send("late").unwrap();
        }));
        let _limit = Limit::start(Duration::from_millis(1), move || {
            report.send("passed").unwrap();
        });
        assert_eq!(reports.iter().collect::<Vec<_>>(), ["passed"]);
    }
}
