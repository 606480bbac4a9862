//! `cargo xtask test`: goes through the steps, says how each went, and adds up.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::sh::Error;
use crate::steps::{Outcome, STEPS, Step};

#[derive(Args)]
pub(crate) struct Options {
    /// Go on after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Run this step only; may be given several times, or with commas.
    #[arg(
        long,
        value_name = "STEP",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)),
    )]
    only: Vec<String>,
    /// Say what the steps are, and run none.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| options.wants(step)).collect();
    if options.list {
        list(&steps);
        return Ok(ExitCode::SUCCESS);
    }
    let mut runs = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let run = Run::of(step, &format!("[{}/{}]", index + 1, steps.len()));
        let stop = run.has_failed() && !options.keep_going;
        runs.push(run);
        if stop {
            break;
        }
    }
    Ok(sum_up(&runs, steps.len()))
}

impl Options {
    fn wants(&self, step: &Step) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step.name)
    }
}

fn list(steps: &[&Step]) {
    for step in steps {
        println!("{:<12} {}", step.name, step.about);
    }
}

/// A step that was run.
struct Run {
    name: &'static str,
    result: Result<Outcome, Error>,
    duration: Duration,
}

impl Run {
    /// Runs `step`; `count` is its place among the others.
    fn of(step: &Step, count: &str) -> Self {
        say(&format!("{count} {}: {}", step.name, step.about));
        let start = Instant::now();
        let result = (step.run)();
        let run = Self {
            name: step.name,
            result,
            duration: start.elapsed(),
        };
        say(&format!("{count} {}\n", run.line()));
        run
    }

    fn has_failed(&self) -> bool {
        self.result.is_err()
    }

    fn has_passed(&self) -> bool {
        matches!(self.result, Ok(Outcome::Passed))
    }

    fn line(&self) -> String {
        let (name, seconds) = (self.name, self.duration.as_secs_f32());
        match &self.result {
            Ok(Outcome::Passed) => format!("{name}: passed in {seconds:.1} s"),
            Ok(Outcome::Skipped(why)) => format!("{name}: skipped, {why}"),
            Err(error) => format!("{name}: FAILED in {seconds:.1} s, {error}"),
        }
    }
}

fn sum_up(runs: &[Run], wanted: usize) -> ExitCode {
    for run in runs {
        println!("{}", run.line());
    }
    if runs.len() < wanted {
        println!("not run: {}", wanted - runs.len());
    }
    let passed = runs.iter().filter(|run| run.has_passed()).count();
    let failed = runs.iter().filter(|run| run.has_failed()).count();
    say(&format!("steps: {passed} passed, {failed} failed"));
    match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// At once, so that the line stands where it belongs between the output of other programs.
fn say(line: &str) {
    println!("{line}");
    // A closed pipe is noticed by the next line.
    let _ = io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(result: Result<Outcome, Error>) -> Run {
        Run {
            name: "fmt",
            result,
            duration: Duration::from_millis(1250),
        }
    }

    #[test]
    fn a_step_says_how_it_went() {
        assert_eq!(run(Ok(Outcome::Passed)).line(), "fmt: passed in 1.2 s");
        let skipped = run(Ok(Outcome::Skipped("no tool")));
        assert_eq!(skipped.line(), "fmt: skipped, no tool");
        assert!(!skipped.has_passed() && !skipped.has_failed());
        let failed = run(Err(Error::missing("no node", "install it")));
        assert_eq!(failed.line(), "fmt: FAILED in 1.2 s, no node: install it");
    }
}
