//! A failing plan made as simple as it still fails, breaking the same law.

use crate::chance::Chance;
use crate::machine::Native;
use crate::plan::Plan;
use crate::run::{Report, run};

/// How many runs may be spent on it.
const PATIENCE: u32 = 2_000;

/// The simplest plan found that breaks the same law as `plan` does, and its run with the trace.
pub fn shrink(plan: &Plan, chance: &Chance) -> (Plan, Report) {
    let mut plan = plan.clone();
    let law = broken(&again(&plan, chance, false));
    let mut left = PATIENCE;
    while let Some(simpler) = plan.simpler().into_iter().find(|simpler| {
        left = left.saturating_sub(1);
        left > 0 && broken(&again(simpler, chance, false)) == law
    }) {
        plan = simpler;
    }
    let report = again(&plan, chance, true);
    (plan, report)
}

fn again(plan: &Plan, chance: &Chance, keeps_lines: bool) -> Report {
    run(
        plan,
        chance,
        &|config| Box::new(Native::new(config)),
        keeps_lines,
    )
}

/// The law's sentence, without what it was broken by.
fn broken(report: &Report) -> Option<String> {
    let fault = report.fault.as_ref()?;
    Some(fault.split(':').next().unwrap_or_default().to_owned())
}
