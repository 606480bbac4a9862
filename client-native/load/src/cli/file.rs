//! Runs and checks of scenario files.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::console;
use super::execute::{Execution, ViewOptions, apply, execute, fail, limits};
use super::options::{CheckFile, RunFile};
use super::output::Files;
use crate::artillery;
use crate::engine::Limits;
use crate::report::Threshold;
use crate::script::{self, Log, Script};
use crate::source;

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
        Ok(script) => {
            console::result(&describe(&script));
            ExitCode::SUCCESS
        }
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
    let files = Files::create(&run.output)?;
    let mut thresholds = run.output.threshold.clone();
    for text in &script.thresholds {
        thresholds.push(Threshold::parse(text)?);
    }
    let script = Arc::new(script);
    let mut load = script::load(&script).limits(Limits {
        grace: script.grace,
        ..limits(&run.limits)
    });
    if let Some(seed) = run.limits.seed {
        load = load.seed(seed);
    }
    Ok(Execution {
        target: script.target.clone(),
        load,
        files,
        thresholds,
        view: ViewOptions::new(&run.output),
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
    let scenarios: Vec<String> = script
        .scenarios
        .iter()
        .map(|scenario| format!("{} (weight {})", scenario.name, scenario.weight))
        .collect();
    format!(
        "no mistake: {} phases in {seconds} s against {}; {}",
        script.phases.len(),
        script.target.url(),
        scenarios.join(", ")
    )
}
