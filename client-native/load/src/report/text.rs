//! The summary for a terminal.

use std::fmt::{self, Formatter};

use super::data::{ReasonReport, Report, SeriesReport, millis, total};
use crate::stats::{Counter, Latency, Row};

/// Reasons that are listed.
const LISTED: usize = 12;

impl fmt::Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        head(self, out)?;
        users(self, out)?;
        traffic(self, out)?;
        latencies(self, out)?;
        reasons(self, out)?;
        generator(self, out)?;
        thresholds(self, out)?;
        let advice = self.advice();
        if !advice.is_empty() {
            writeln!(out)?;
        }
        for remark in advice {
            writeln!(out, "* {remark}")?;
        }
        Ok(())
    }
}

fn head(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    let version = match report.engine_version {
        Some(3) => "Engine.IO 3: socket.io 2.x, egg-socket.io or alike",
        Some(_) => "Engine.IO 4: socket.io 3.x, 4.x or alike",
        None => "Engine.IO version unknown",
    };
    writeln!(out, "{} ({version})", report.target)?;
    if let Some(scenario) = &report.scenario {
        write!(out, "{scenario}, ")?;
    }
    write!(out, "{:.1} s, seed {}", report.seconds, report.seed)?;
    match &report.shards[..] {
        [] | [(0, 1)] => {}
        [(index, count)] if report.missing.is_empty() => {
            write!(out, ", shard {} of {count}", index + 1)?;
        }
        shards if report.missing.is_empty() => write!(out, ", {} shards", shards.len())?,
        [(_, count), ..] => write!(out, ", {} of {count} shards", report.shards.len())?,
    }
    writeln!(out, "\n")
}

fn users(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    let count = |counter| report.counter(counter);
    let most = |of: fn(&Row) -> u64| report.rows.iter().map(of).max().unwrap_or(0);
    write!(
        out,
        "users        {} started, at most {} at a time and {} connected; {} completed, {} stopped, {} failed",
        count(Counter::UsersStarted),
        most(|row| row.most_users),
        most(|row| row.most_connections),
        count(Counter::UsersCompleted),
        count(Counter::UsersStopped),
        count(Counter::UsersFailed),
    )?;
    match count(Counter::UsersSkipped) {
        0 => writeln!(out)?,
        skipped => writeln!(out, ", {skipped} skipped (the most users were there)")?,
    }
    write!(
        out,
        "connections  {} opened, {} lost",
        count(Counter::Connected),
        count(Counter::Disconnects)
    )?;
    match count(Counter::ConnectsCutOff) {
        0 => writeln!(out)?,
        cut_off => writeln!(out, ", {cut_off} not yet open when the run ended")?,
    }
    if let Some(facts) = &report.heartbeat {
        heartbeats(report, facts.ping_interval.as_secs_f64(), out)?;
    }
    Ok(())
}

/// The client does not tell of heartbeats that succeed, so the line says how many were due.
fn heartbeats(report: &Report, interval: f64, out: &mut Formatter<'_>) -> fmt::Result {
    let connected: f64 = report
        .rows
        .iter()
        .map(|row| row.connections as f64 * row.seconds)
        .sum();
    let is_missed = |reason: &&ReasonReport| reason.text.starts_with("ping timeout");
    let missed = total(report.reasons(true).filter(is_missed));
    let due = match report.seconds < interval {
        true => "none was due in this time".to_owned(),
        false => format!(
            "about {:.0} were due",
            (connected / interval.max(1e-3)).floor()
        ),
    };
    writeln!(
        out,
        "heartbeats   every {interval} s: {due}, {missed} connections were lost by a missing one"
    )
}

fn traffic(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    let count = |counter| report.counter(counter);
    let rate = |counter| report.counter(counter) as f64 / report.seconds.max(1e-3);
    if count(Counter::Emitted) > 0 || count(Counter::Received) > 0 {
        writeln!(
            out,
            "events       {} emitted ({:.1}/s, {}), {} acked, {} received ({:.1}/s, {})",
            count(Counter::Emitted),
            rate(Counter::Emitted),
            bytes(count(Counter::BytesOut)),
            count(Counter::Acked),
            count(Counter::Received),
            rate(Counter::Received),
            bytes(count(Counter::BytesIn)),
        )?;
    }
    if count(Counter::AcksCutOff) > 0 {
        let cut_off = count(Counter::AcksCutOff);
        writeln!(
            out,
            "             {cut_off} acks were awaited when the run ended"
        )?;
    }
    if count(Counter::DeliveriesExpected) > 0 {
        write!(
            out,
            "deliveries   {} of {} copies arrived, {} lost",
            count(Counter::Delivered),
            count(Counter::DeliveriesExpected),
            count(Counter::DeliveriesLost),
        )?;
        for (counter, what) in [
            (Counter::DeliveriesCutOff, "on their way at the end"),
            (Counter::DeliveriesSurplus, "more than expected"),
        ] {
            if count(counter) > 0 {
                write!(out, ", {} {what}", count(counter))?;
            }
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "errors       {} in {} actions ({:.2} %)",
        count(Counter::Errors),
        count(Counter::Actions),
        report.error_rate() * 100.0
    )
}

fn latencies(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    if report.series.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{:<24} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "milliseconds", "count", "p50", "p90", "p99", "p99.9", "max", "service:50", "service:99"
    )?;
    for series in &report.series {
        if !report.is_repeated(series) {
            line(series, out)?;
        }
    }
    Ok(())
}

fn line(series: &SeriesReport, out: &mut Formatter<'_>) -> fmt::Result {
    let name = match &series.label[..] {
        "" => series.kind.name().to_owned(),
        label => format!("  {label}"),
    };
    let at = |latency: &Latency, percent| millis(latency.percentile(percent));
    let (response, service) = (&series.measured.response, &series.measured.service);
    writeln!(
        out,
        "{:<24} {:>9} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>10.2} {:>10.2}",
        shortened(&name, 24),
        response.count(),
        at(response, 50.0),
        at(response, 90.0),
        at(response, 99.0),
        at(response, 99.9),
        millis(response.max()),
        at(service, 50.0),
        at(service, 99.0),
    )
}

fn reasons(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    for (title, disconnects) in [("errors", false), ("disconnects", true)] {
        let reasons: Vec<_> = report.reasons(disconnects).collect();
        if reasons.is_empty() {
            continue;
        }
        writeln!(out, "\n{title}")?;
        for reason in reasons.iter().take(LISTED) {
            let stage = match disconnects {
                true => String::new(),
                false => format!("{}: ", reason.stage.name()),
            };
            writeln!(
                out,
                "{:>9}  {stage}{}",
                reason.count,
                shortened(&reason.text, 240)
            )?;
        }
        if reasons.len() > LISTED {
            let rest = total(reasons[LISTED..].iter().copied());
            let others = match reasons.len() - LISTED {
                1 => "1 other reason".to_owned(),
                others => format!("{others} other reasons"),
            };
            writeln!(out, "{rest:>9}  for {others}: --json FILE has all")?;
        }
    }
    Ok(())
}

fn generator(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    let generator = &report.generator;
    write!(
        out,
        "\ngenerator    {:.1} CPU seconds, {:.0} % of one core at its peak ({} cores); timers {:.1?} late at 99 %",
        generator.cpu_seconds,
        generator.cpu_peak * 100.0,
        generator.cores,
        generator.lag.percentile(99.0),
    )?;
    match generator.resident_peak {
        0 => writeln!(out),
        peak => writeln!(out, "; {} of memory", bytes(peak)),
    }
}

fn thresholds(report: &Report, out: &mut Formatter<'_>) -> fmt::Result {
    if report.verdicts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nthresholds")?;
    for verdict in &report.verdicts {
        let word = if verdict.is_met { "met" } else { "NOT MET" };
        let (threshold, found) = (&verdict.threshold, &verdict.found);
        writeln!(out, "{word:>9}  {threshold}: {found}")?;
    }
    Ok(())
}

/// A number of bytes for people.
pub(super) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return match unit {
                "B" => format!("{bytes} B"),
                _ => format!("{value:.1} {unit}"),
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// One line of at most so many characters. A server's text must not control the terminal.
fn shortened(text: &str, most: usize) -> String {
    let line = text.replace(char::is_control, " ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_unit() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(5 << 30), "5.0 GiB");
        assert!(bytes(u64::MAX).ends_with(" TiB"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("äöü\nx", 5), "äöü x");
        assert_eq!(shortened("\u{1b}[2Jx", 9), " [2Jx");
        assert_eq!(shortened("äöü", 2), "äö…");
    }
}
