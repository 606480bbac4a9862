//! Reduces a failing plan to the simplest one that breaks the same law.

use crate::native::Native;
use crate::plan::Plan;
use crate::rng::Rng;
use crate::run::{Report, run};

/// The most runs to spend on one plan.
const MAX_RUNS: u32 = 2_000;

/// Returns the simplest plan found that breaks the same law as `plan`, and its run with the trace.
pub fn shrink(plan: &Plan, rng: &Rng) -> (Plan, Report) {
    let mut plan = plan.clone();
    let law = broken(&again(&plan, rng, false));
    let mut left = MAX_RUNS;
    while let Some(simpler) = plan.simpler().into_iter().find(|simpler| {
        left = left.saturating_sub(1);
        left > 0 && broken(&again(simpler, rng, false)) == law
    }) {
        plan = simpler;
    }
    let report = again(&plan, rng, true);
    (plan, report)
}

fn again(plan: &Plan, rng: &Rng, keep_lines: bool) -> Report {
    run(
        plan,
        rng,
        &|config| Box::new(Native::new(config)),
        keep_lines,
    )
}

/// Returns the sentence of the broken law, without the details of this run.
fn broken(report: &Report) -> Option<String> {
    let fault = report.fault.as_ref()?;
    Some(fault.split(':').next().unwrap_or_default().to_owned())
}
