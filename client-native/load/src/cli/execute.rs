//! One run from the terminal: preflight, progress, Ctrl-C, report, exit status.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tidewire::{ConnectError, TransportError};

use super::console;
use super::endpoint::Endpoint;
use super::live::Live;
use super::options::{ClientOptions, LimitOptions, OutputOptions};
use super::output::Files;
use crate::engine::{Facts, Limits, Load, Probe, Progress, Stopper, Target, open_files, ports};
use crate::report::{Report, Threshold, exposition};
use crate::stats::{Counter, Kind};

/// A threshold is not met, or no user was connected.
const UNMET: u8 = 1;
/// The run could not begin, or a report could not be written.
const FAILED: u8 = 2;
/// Ctrl-C ended the run.
const INTERRUPTED: u8 = 130;
/// Files that the process needs apart from connections.
const OTHER_FILES: u64 = 64;

/// A run that is ready to begin.
pub(crate) struct Execution {
    pub(crate) target: Target,
    pub(crate) load: Load,
    pub(crate) files: Files,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) scenario: Option<String>,
    pub(crate) view: ViewOptions,
    /// Remarks below the report.
    pub(crate) next: Vec<String>,
}

/// How a run in progress is shown.
#[derive(Debug)]
pub(crate) struct ViewOptions {
    pub(crate) plain: bool,
    pub(crate) prometheus: Option<SocketAddr>,
}

impl ViewOptions {
    pub(crate) fn new(options: &OutputOptions) -> ViewOptions {
        ViewOptions {
            plain: options.plain,
            prometheus: options.prometheus,
        }
    }
}

/// Applies the options of the clients to a target.
pub(crate) fn apply(options: &ClientOptions, mut target: Target) -> Result<Target, String> {
    if let Some(path) = &options.path {
        target = target.path(path);
    }
    if let Some(transport) = options.transport {
        let (transports, upgrade) = transport.list();
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
        let read = |path: &std::path::PathBuf| {
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        let pem = options.ca.as_ref().map(read).transpose()?;
        target = target.certificates(pem.as_deref(), options.insecure)?;
    }
    Ok(target)
}

/// The bounds of a run.
pub(crate) fn limits(options: &LimitOptions) -> Limits {
    Limits {
        connecting: options.connecting,
        shard: options.shard.unwrap_or((0, 1)),
        ..Limits::default()
    }
}

/// Runs, reports, and returns the exit status.
pub(crate) fn execute(execution: Execution) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(run(execution));
            // Tasks that are left over must not delay the end.
            runtime.shutdown_timeout(Duration::from_millis(200));
            code
        }
        Err(error) => fail(&format!("cannot start the runtime: {error}")),
    }
}

/// Prints an error; returns the status of a run that could not begin.
pub(crate) fn fail(text: &str) -> ExitCode {
    console::error(text);
    ExitCode::from(FAILED)
}

async fn run(execution: Execution) -> ExitCode {
    let Execution {
        target,
        load,
        files,
        thresholds,
        scenario,
        view,
        next,
    } = execution;
    if let Err(text) = check_limits(&load, &target) {
        return fail(&text);
    }
    let facts = match preflight(&target).await {
        Ok(facts) => facts,
        Err(text) => return fail(&text),
    };
    let mut view = match View::start(&view).await {
        Ok(view) => view,
        Err(text) => return fail(&text),
    };
    let stopper = Stopper::default();
    listen_for_interrupts(stopper.clone(), view.live.is_some());
    let outcome = load
        .stopper(&stopper)
        .run_observed(|progress| view.show(progress))
        .await;
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
    console::result(report.to_string().trim_end());
    let is_connected = report.counter(Counter::Connected) > 0;
    for remark in next.iter().filter(|_| is_connected) {
        console::result(&format!("* {remark}"));
    }
    finish(&report, &files)
}

pub(crate) fn finish(report: &Report, files: &Files) -> ExitCode {
    if let Err(errors) = files.write(report) {
        errors.iter().for_each(|text| console::error(text));
        return ExitCode::from(FAILED);
    }
    if report.is_interrupted {
        return ExitCode::from(INTERRUPTED);
    }
    if report.verdicts.iter().any(|verdict| !verdict.is_met) {
        return ExitCode::from(UNMET);
    }
    let is_idle = report.counter(Counter::Connected) == 0;
    match is_idle && report.counter(Counter::Errors) > 0 {
        true => ExitCode::from(UNMET),
        false => ExitCode::SUCCESS,
    }
}

/// Raises the limit of open files, and says what is missing for the users.
fn check_limits(load: &Load, target: &Target) -> Result<(), String> {
    let users = load.most_users();
    if let Some(files) = open_files()
        && users + OTHER_FILES > files
    {
        let text = format!(
            "{users} users need {users} open files and {OTHER_FILES} others, and this process may have {files}: raise the limit \
             (`ulimit -n {}` as root, or LimitNOFILE), or use several processes (--shard)",
            users + OTHER_FILES
        );
        match load.holds_users() {
            true => return Err(text),
            false => console::note(&format!("warning: if all users are there at once, {text}")),
        }
    }
    let addresses = target.address_count() as u64;
    if let Some(ports) = ports()
        && users > ports * addresses
    {
        console::note(&format!(
            "warning: {users} users may need more than the {ports} ports that each of {addresses} local addresses has: \
             give more addresses (--bind)"
        ));
    }
    Ok(())
}

/// Finds out whether the target is a Socket.IO server, before users meet it.
async fn preflight(target: &Target) -> Result<Option<Facts>, String> {
    let facts = match target.is_proxied() {
        true => None,
        false => Probe::run(target).await.ok().and_then(|probe| probe.facts),
    };
    let client = target
        .builder(target.namespace(), 0)
        .reconnection(false)
        .build()
        .map_err(|error| tidewire::error_text(&error))?;
    let (socket, limit) = (client.socket(), target.connect_timeout * 3);
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(limit, socket.connect()) => outcome,
        _ = tokio::signal::ctrl_c() => return Err("interrupted before the run".into()),
    };
    let error = match outcome {
        Ok(Ok(())) => {
            client.close().await;
            return Ok(facts);
        }
        Ok(Err(error)) => error,
        Err(_) => return Err(format!("the server did not answer within {limit:?}")),
    };
    let text = tidewire::error_text(&error);
    match may_accept_users(&error) {
        true => {
            console::note(&format!(
                "note: a client without the options of a user is refused ({text}); users may be accepted"
            ));
            Ok(facts)
        }
        false => Err(text),
    }
}

/// Returns whether users with tokens of their own may be accepted by a server that answered this.
fn may_accept_users(error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused(_) => true,
        ConnectError::Unreachable { source, .. } => {
            matches!(source, TransportError::Status(400 | 401 | 403, _))
        }
        _ => false,
    }
}

fn listen_for_interrupts(stopper: Stopper, is_live: bool) {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            // The live view shows it by itself.
            if !is_live {
                console::note(match stopper.calls() {
                    0 => "ending: users finish their actions (Ctrl-C again ends at once)",
                    _ => "ending at once",
                });
            }
            stopper.stop();
        }
    });
}

/// Shows the run as the options say: a live view or plain lines, and the endpoint for Prometheus.
struct View {
    live: Option<Live>,
    endpoint: Option<Endpoint>,
}

impl View {
    async fn start(options: &ViewOptions) -> Result<View, String> {
        let endpoint = match options.prometheus {
            None => None,
            Some(address) => {
                let endpoint = Endpoint::default();
                let address = endpoint
                    .serve(address)
                    .await
                    .map_err(|error| format!("cannot serve {address}: {error}"))?;
                console::note(&format!("Prometheus: http://{address}/metrics"));
                Some(endpoint)
            }
        };
        let wants_live = !options.plain && console::is_terminal();
        Ok(View {
            // A terminal without the means for a live view gets lines.
            live: wants_live.then(|| Live::start().ok()).flatten(),
            endpoint,
        })
    }

    fn show(&mut self, progress: &Progress<'_>) {
        if let Some(endpoint) = &self.endpoint {
            endpoint.show(exposition(progress));
        }
        match &mut self.live {
            Some(live) => live.show(progress),
            None => print_progress(progress),
        }
    }
}

/// One line each second.
fn print_progress(progress: &Progress<'_>) {
    let row = progress.row;
    let mut line = format!(
        "{:>6.1}s  {}  {} users, {} connected",
        progress.elapsed.as_secs_f64(),
        progress.phase,
        row.users,
        row.connections
    );
    for (kind, rate) in [
        (Kind::Connect, Counter::Connected),
        (Kind::Ack, Counter::Acked),
        (Kind::Delivery, Counter::Received),
    ] {
        if let Some(latency) = row.latencies.get(kind.name()) {
            line.push_str(&format!(
                "; {} {:.0}/s, {:.1} ms at 50 %, {:.1} at 99 %",
                kind.name(),
                row.rate(rate),
                latency.p50,
                latency.p99
            ));
        }
    }
    let errors = row.counter(Counter::Errors);
    let lost = row.counter(Counter::Disconnects);
    if errors + lost > 0 {
        line.push_str(&format!("; {errors} errors, {lost} connections lost"));
    }
    console::note(&line);
}
