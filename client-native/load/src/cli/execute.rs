//! One run from the terminal: preflight, progress, interrupts, report, exit status.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use super::console;
use super::exit::{INTERRUPTED, UNMET, fail, fail_with};
use super::gather::{Gathering, Place};
use super::interrupts::Interrupts;
use super::options::{ClientOptions, LimitOptions};
use super::output::Files;
use super::preflight::{ask_server, check_limits};
use super::view::{View, ViewOptions};
use crate::engine::{Limits, Load, Stopper, Target};
use crate::report::{Report, Threshold};
use crate::source::read_certificates;
use crate::stats::Counter;

/// A run that is ready to begin.
pub(crate) struct Execution {
    pub(crate) target: Target,
    pub(crate) load: Load,
    pub(crate) files: Files,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) scenario: Option<String>,
    pub(crate) view: ViewOptions,
    /// Where the other shards are.
    pub(crate) place: Option<Place>,
    /// Remarks below the report.
    pub(crate) next: Vec<String>,
}

/// Applies the options of the clients to a target.
pub(crate) fn apply(options: &ClientOptions, mut target: Target) -> Result<Target, String> {
    if let Some(path) = &options.path {
        target = target.path(path);
    }
    if let Some(transport) = options.transport {
        let (transports, upgrade) = transport.list()?;
        target = target.transports(transports).upgrade(upgrade);
    }
    if let Some(version) = options.engine {
        target = target.engine_version(version);
    }
    if let Some(auth) = &options.auth {
        if !auth.is_object() {
            return Err("--auth is a JSON object: '{\"token\":\"abc\"}'".into());
        }
        target = target.auth(auth.clone()).auth_in_query(true);
    }
    target = target.server_certificate_hashes(options.server_certificate_hash.iter().copied());
    for (name, value) in &options.query {
        target = target.query(name, value);
    }
    for (name, value) in &options.header {
        target = target.header(name, value);
    }
    if let Some(proxy) = &options.proxy {
        target = target.proxy(proxy);
    }
    if let Some(timeout) = options.connect_timeout {
        target = target.connect_timeout(timeout);
    }
    if let Some(timeout) = options.timeout {
        target = target.ack_timeout(timeout);
    }
    if options.no_reconnect {
        target = target.reconnects(false);
    }
    if options.ca.is_some() || options.insecure {
        let pem = options.ca.as_deref().map(read_certificates).transpose()?;
        target = target.certificates(pem.as_deref(), options.insecure)?;
    }
    Ok(target)
}

/// The bounds of a run.
pub(crate) fn limits(options: &LimitOptions) -> Limits {
    Limits {
        connecting: options.connecting as usize,
        shard: options.shard.unwrap_or((0, 1)),
        ..Limits::default()
    }
}

/// Runs, reports, and returns the exit status.
pub(crate) fn execute(execution: Execution) -> ExitCode {
    on_runtime(run(execution))
}

/// Runs a command on a runtime of its own.
pub(super) fn on_runtime(command: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(command);
            // Tasks that are left over must not delay the end.
            runtime.shutdown_timeout(Duration::from_millis(200));
            code
        }
        Err(error) => fail(&format!("cannot start the runtime: {error}")),
    }
}

async fn run(execution: Execution) -> ExitCode {
    let Execution {
        target,
        load,
        files,
        thresholds,
        scenario,
        view,
        place,
        next,
    } = execution;
    if let Err(text) = check_limits(&load, &target) {
        return fail(&text);
    }
    let mut interrupts = Interrupts::listen();
    let facts = match ask_server(&target, &mut interrupts).await {
        Ok(facts) => facts,
        Err(text) => return fail(&text),
    };
    let options = view;
    let mut view = match View::start(&options).await {
        Ok(view) => view,
        Err(text) => return fail(&text),
    };
    let gathering = match Gathering::at(place.as_ref(), &load, &target, &mut interrupts).await {
        Ok(gathering) => gathering,
        Err(text) => return fail(&text),
    };
    view.take_screen(&options);
    let (stopper, is_live) = (Stopper::default(), view.is_live());
    let outcome = load.stopper(&stopper).run_observed(|progress| {
        view.show(progress);
        gathering.show(progress);
    });
    let outcome = tokio::select! {
        outcome = outcome => outcome,
        never = stop_at_interrupts(&stopper, &mut interrupts, is_live) => match never {},
    };
    drop(view);
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return fail(&error.to_string()),
    };
    let mut report = Report::new(&outcome).with_heartbeat(facts);
    if let Some(scenario) = scenario {
        report = report.of_scenario(scenario);
    }
    report.judge(&thresholds);
    let code = finish(&report, &files, &next);
    match gathering.end(&report).await {
        Ok(()) => code,
        Err(text) => fail(&text),
    }
}

/// Writes the files and prints the summary, in this order: a pipe without a reader may hold up the print. Returns the exit status, and says why it is not 0.
pub(super) fn finish(report: &Report, files: &Files, next: &[String]) -> ExitCode {
    let mut text = report.to_string();
    if report.counter(Counter::Connected) > 0 {
        next.iter()
            .for_each(|remark| text.push_str(&format!("* {remark}\n")));
    }
    let written = files.write(report);
    let printed = console::result(text.trim_end());
    let errors: Vec<String> = written.chain(printed.err()).collect();
    if !errors.is_empty() {
        return fail_with(&errors);
    }
    if report.is_interrupted {
        return ExitCode::from(INTERRUPTED);
    }
    let failures = report.failures();
    failures.iter().for_each(|text| console::error(text));
    match failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(UNMET),
    }
}

/// Ends the run at the first request gracefully, and at the second at once.
async fn stop_at_interrupts(
    stopper: &Stopper,
    interrupts: &mut Interrupts,
    is_live: bool,
) -> Infallible {
    loop {
        interrupts.next().await;
        // The live view shows it by itself.
        if !is_live {
            console::note(match stopper.calls() {
                0 => "ending: users finish their actions (Ctrl-C again ends at once)",
                _ => "ending at once",
            });
        }
        stopper.stop();
    }
}
