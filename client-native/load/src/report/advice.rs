//! Remarks about a run: what limits its figures, and what to do next.

use std::time::Duration;

use super::data::{ReasonReport, Report, total};
use crate::stats::{Counter, Kind, Stage};

/// A timer that is later than this in one of a hundred cases shows in the latencies.
const LATE: Duration = Duration::from_millis(20);
/// The part of all cores from which the generator has too little left.
const BUSY: f64 = 0.85;

/// Each returns a remark if it applies. In the order of importance.
const RULES: [fn(&Report) -> Option<String>; 8] = [
    interrupted,
    missing_shards,
    generator,
    clock,
    not_connected,
    late_users,
    losses,
    unread,
];

impl Report {
    /// The remarks about the run, the most important first: limits of the generator, losses, and their meaning.
    pub fn advice(&self) -> Vec<String> {
        RULES.iter().filter_map(|rule| rule(self)).collect()
    }
}

fn interrupted(report: &Report) -> Option<String> {
    report
        .is_interrupted
        .then(|| "The run was ended before its time: all figures are those until then.".into())
}

fn missing_shards(report: &Report) -> Option<String> {
    let missing: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| format!("The report is not whole: {}.", missing.join("; ")))
}

fn generator(report: &Report) -> Option<String> {
    let generator = &report.generator;
    let cores = generator.cores.max(1) as f64;
    let (lag, busy) = (generator.lag.percentile(99.0), generator.cpu_peak / cores);
    if busy < BUSY && lag < LATE {
        return None;
    }
    let busy_text = format!("it used {:.0} % of {cores} cores at its peak", busy * 100.0);
    Some(match busy >= BUSY {
        true => format!(
            "The generator was a limit, not only the server: {busy_text}. Use fewer users here, a machine of its own for the \
             generator, or shards on several."
        ),
        false => format!(
            "The generator ran late: one of its timers in a hundred was {lag:.1?} late or more, although {busy_text}. Other \
             programs use this machine, perhaps the server; latencies below that say little."
        ),
    })
}

fn clock(report: &Report) -> Option<String> {
    let steps = report.generator.clock_steps;
    (steps > 0).then(|| {
        format!(
            "The machine's wall clock was set {steps} time(s) during the run. Latencies use a steady clock and are right."
        )
    })
}

fn not_connected(report: &Report) -> Option<String> {
    let started = report.counter(Counter::UsersStarted);
    let connected = report.counter(Counter::Connected);
    if started == 0 {
        return Some("No user was started: the phases bring none.".into());
    }
    if connected > 0 {
        return None;
    }
    if report.counter(Counter::ConnectsCutOff) > 0 {
        return Some(
            "No user was connected before the run ended: let it last longer than a connect may (--connect-timeout)."
                .into(),
        );
    }
    (report.counter(Counter::Actions) > 0)
        .then(|| "No user was connected: the errors above say why.".into())
}

/// Users that waited for the limit of concurrent connects.
fn late_users(report: &Report) -> Option<String> {
    let connect = report.kind(Kind::Connect)?;
    let (service, response) = (
        connect.service.percentile(95.0),
        connect.response.percentile(95.0),
    );
    (response > service * 2 && response - service > Duration::from_millis(100)).then(|| {
        format!(
            "Users waited to connect: the response time of connects ({response:.1?} at 95 %) is far above their service time \
             ({service:.1?}). The server accepts fewer connections than arrive, or --connecting is too low."
        )
    })
}

fn losses(report: &Report) -> Option<String> {
    let lost = report.counter(Counter::DeliveriesLost);
    let expected = report.counter(Counter::DeliveriesExpected);
    if lost > 0 {
        return Some(format!(
            "{lost} of {expected} copies of events did not arrive in time."
        ));
    }
    let is_ack = |reason: &&ReasonReport| reason.stage == Stage::Ack;
    let timeouts = total(report.reasons(false).filter(is_ack));
    (timeouts > 0).then(|| {
        format!(
            "{timeouts} acks are missing. They have no latency, so the percentiles of acks are those of the others."
        )
    })
}

fn unread(report: &Report) -> Option<String> {
    let unread = report.counter(Counter::Unread);
    (unread > 0).then(|| {
        format!(
            "{unread} events were forgotten because a user had 1,000 unread ones: a wait for one of them may have failed."
        )
    })
}
