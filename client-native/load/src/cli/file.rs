//! Runs and checks of scenario files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::console;
use super::execute::{Execution, apply, execute, limits};
use super::exit::fail;
use super::gather::Place;
use super::options::{CheckFile, RunFile};
use super::output::Files;
use super::view::ViewOptions;
use crate::artillery;
use crate::report::Threshold;
use crate::script::{self, Log, Script};
use crate::source;

/// Scenarios that the description of a file names.
const MOST_NAMED: usize = 20;

/// Runs a file.
pub(crate) fn run(run: &RunFile) -> ExitCode {
    match prepare(run) {
        Ok(execution) => execute(execution),
        Err(text) => fail(&text),
    }
}

/// Checks a file.
pub(crate) fn check(check: &CheckFile) -> ExitCode {
    match read(&check.file, None) {
        Ok(script) => match console::result(&describe(&script)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(text) => fail(&text),
        },
        Err(text) => fail(&text),
    }
}

fn read(path: &Path, target: Option<&str>) -> Result<Script, String> {
    let source = source::read(path).map_err(|faults| faults.to_string())?;
    let script = match artillery::is_artillery(&source) {
        true => artillery::read(&source, target),
        false => script::read(&source, target),
    };
    script.map_err(|faults| faults.to_string())
}

fn prepare(run: &RunFile) -> Result<Execution, String> {
    let mut script = read(&run.file, run.target.as_deref())?;
    let target = apply(&run.client, script.target)?;
    script.target = target.bind(run.limits.bind.iter().copied());
    script.log = Log(console::note);
    let inputs = [&run.file]
        .into_iter()
        .chain(&script.files)
        .chain(run.client.files());
    let inputs: Vec<PathBuf> = inputs.cloned().collect();
    let files = Files::prepare(&run.output, &inputs)?;
    let mut thresholds = run.output.threshold.clone();
    for text in &script.thresholds {
        thresholds.push(Threshold::parse(text)?);
    }
    let script = Arc::new(script);
    let limits = limits(&run.limits).ending_within(script.grace);
    let mut load = script::load(&script).limits(limits);
    if let Some(seed) = run.limits.seed {
        load = load.seed(seed);
    }
    Ok(Execution {
        target: script.target.clone(),
        load,
        files,
        thresholds,
        view: ViewOptions::new(&run.output),
        place: Place::new(&run.meet, &run.limits),
        scenario: Some(run.file.display().to_string()),
        next: Vec::new(),
    })
}

/// Describes a file without mistakes in one line.
fn describe(script: &Script) -> String {
    let seconds: f64 = script
        .phases
        .iter()
        .map(|it| it.duration().as_secs_f64())
        .sum();
    let scenarios = script.scenarios.iter().take(MOST_NAMED);
    let mut scenarios: Vec<String> = scenarios
        .map(|scenario| format!("{} (weight {})", scenario.name, scenario.weight))
        .collect();
    let others = script.scenarios.len() - scenarios.len();
    if others > 0 {
        scenarios.push(format!("and {others} more"));
    }
    let phases = match script.phases.len() {
        1 => "1 phase".to_owned(),
        phases => format!("{phases} phases"),
    };
    format!(
        "no mistake: {phases} in {seconds} s against {}; {}",
        script.target.url(),
        scenarios.join(", ")
    )
}
