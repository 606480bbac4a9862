//! Watches all shards of a run, and merges their reports: `tidewire-load watch redis://...`.

use std::process::ExitCode;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::console;
use super::execute::{finish, on_runtime};
use super::exit::{INTERRUPTED, fail};
use super::interrupts::Interrupts;
use super::options::Watch;
use super::output::Files;
use super::view::{View, ViewOptions};
use crate::meet::{Sight, Watcher};
use crate::report::{Report, Threshold};

/// The time between two looks.
const GAP: Duration = Duration::from_secs(1);
/// Looks that may fail in a row before the watch ends.
const FAILURES: u32 = 30;

/// Watches, reports, and returns the exit status.
pub(crate) fn run(watch: &Watch) -> ExitCode {
    on_runtime(async {
        match watch_to_end(watch).await {
            Ok(code) => code,
            Err(text) => fail(&text),
        }
    })
}

async fn watch_to_end(options: &Watch) -> Result<ExitCode, String> {
    let files = Files::prepare(&options.output, &[])?;
    let mut interrupts = Interrupts::listen();
    let mut watcher = Watcher::new(&options.redis, &options.run.run_name)?;
    let end = tokio::select! {
        end = to_end(&mut watcher, options) => end?,
        () = interrupts.next() => {
            console::note("the watch ends, and the run goes on");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    let reports = watcher.reports(&end).await?;
    let losses = end.losses();
    if reports.is_empty() {
        let losses: Vec<String> = losses.iter().map(ToString::to_string).collect();
        return Err(format!("no shard has left a report: {}", losses.join("; ")));
    }
    let mut report = Report::merge(&reports)?.without(losses);
    report.judge(&thresholds(&reports, &options.output.threshold));
    Ok(finish(&report, &files, &[]))
}

/// Waits for the run, and shows it until no shard is in it any more.
async fn to_end(watcher: &mut Watcher, options: &Watch) -> Result<Sight, String> {
    let view_options = ViewOptions::new(&options.output);
    let mut view = View::start(&view_options).await?;
    let mut sight = to_start(watcher, options).await?;
    if !sight.is_over() {
        view.take_screen(&view_options);
    }
    let mut failures = 0;
    while !sight.is_over() {
        if let Some(state) = &sight.state {
            state.show(&sight.summary(), |progress| view.show(progress));
        }
        sleep(GAP).await;
        match watcher.look().await {
            Ok(Some(seen)) => (sight, failures) = (seen, 0),
            Ok(None) => return Err("Redis has forgotten the run".into()),
            // The run does not need Redis, and it may come back.
            Err(_) if failures < FAILURES => failures += 1,
            Err(text) => return Err(text),
        }
    }
    Ok(sight)
}

async fn to_start(watcher: &mut Watcher, options: &Watch) -> Result<Sight, String> {
    let (run, patience) = (&options.run.run_name, options.run.meet_timeout);
    let deadline = Instant::now() + patience;
    watcher.reach(patience, console::note).await?;
    let mut told = String::new();
    loop {
        let there = match watcher.look().await? {
            Some(sight) if sight.has_begun() => return Ok(sight),
            Some(sight) => sight.summary(),
            None => "no shard is there".into(),
        };
        if Instant::now() >= deadline {
            return Err(format!(
                "run `{run}` did not begin within {patience:?}: {there}"
            ));
        }
        if there != told {
            console::note(&format!("waiting for run `{run}`: {there}"));
            told = there;
        }
        sleep(GAP).await;
    }
}

/// The thresholds of the scenario, which the shards have judged by their part, and further ones.
fn thresholds(reports: &[Report], further: &[Threshold]) -> Vec<Threshold> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    let own = reports.first().map_or(&[][..], |report| &report.verdicts);
    thresholds.extend(
        own.iter()
            .filter_map(|it| Threshold::parse(&it.threshold).ok()),
    );
    thresholds.extend(further.iter().cloned());
    thresholds
}
