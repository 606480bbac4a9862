//! `cargo xtask test`: runs the steps and prints the result of each.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::limit::{self, Limit};
use crate::sh::Error;
use crate::steps::{Outcome, STEPS, Step};

/// How long a step may take, its compilations included. All steps together take half an hour.
const LIMIT: Duration = Duration::from_secs(40 * 60);

#[derive(Args)]
pub(crate) struct Options {
    /// Runs the remaining steps after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Runs only this step; may be repeated, or a list with commas.
    #[arg(
        long,
        value_name = "STEP",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)),
    )]
    only: Vec<String>,
    /// Lists the steps and runs none.
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

/// A step that has run.
struct Run {
    name: &'static str,
    result: Result<Outcome, Error>,
    duration: Duration,
}

impl Run {
    /// Runs `step`; `count` is its number among all steps, such as `[1/5]`.
    fn of(step: &Step, count: &str) -> Self {
        print_now(&format!("{count} {}: {}", step.name, step.about));
        let start = Instant::now();
        let name = step.name;
        let limit = Limit::start(LIMIT, move || {
            print_now(&format!("{name}: did not end within {} s", LIMIT.as_secs()));
            limit::end_programs();
        });
        let result = (step.run)();
        drop(limit);
        let run = Self {
            name: step.name,
            result,
            duration: start.elapsed(),
        };
        print_now(&format!("{count} {}\n", run.line()));
        run
    }

    fn has_failed(&self) -> bool {
        self.result.is_err()
    }

    fn has_passed(&self) -> bool {
        matches!(self.result, Ok(Outcome::Passed | Outcome::PassedWithout(_)))
    }

    fn line(&self) -> String {
        let (name, seconds) = (self.name, self.duration.as_secs_f32());
        match &self.result {
            Ok(Outcome::Passed) => format!("{name}: passed in {seconds:.1} s"),
            Ok(Outcome::PassedWithout(what)) => {
                format!("{name}: passed in {seconds:.1} s, but {what}")
            }
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
    print_now(&format!("steps: {passed} passed, {failed} failed"));
    match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Prints a line at once, so that it keeps its place between the output of other programs.
fn print_now(line: &str) {
    println!("{line}");
    // If the pipe is closed, the next `println` panics.
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
    fn a_line_names_the_step_and_its_result() {
        assert_eq!(run(Ok(Outcome::Passed)).line(), "fmt: passed in 1.2 s");
        let skipped = run(Ok(Outcome::Skipped("no tool")));
        assert_eq!(skipped.line(), "fmt: skipped, no tool");
        assert!(!skipped.has_passed() && !skipped.has_failed());
        let partly = run(Ok(Outcome::PassedWithout("a was not checked")));
        assert_eq!(partly.line(), "fmt: passed in 1.2 s, but a was not checked");
        assert!(partly.has_passed() && !partly.has_failed());
        let failed = run(Err(Error::missing("no node", "install it")));
        assert_eq!(failed.line(), "fmt: FAILED in 1.2 s, no node: install it");
    }
}
