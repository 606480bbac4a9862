//! The live view of a run in a terminal.

use std::collections::VecDeque;
use std::io::Write;
use std::mem::take;

use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Gauge, Paragraph, Row, Sparkline, Table};

use super::console;
use crate::engine::Progress;
use crate::stats::{Counter, Kind, Stage};

/// Seconds that the curves show.
const SECONDS: usize = 240;

/// Standard output for the view, through the printer: a terminal that is gone is not an error here.
#[derive(Debug, Default)]
struct Screen(Vec<u8>);

impl Write for Screen {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.0.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        console::draw(&take(&mut self.0));
        Ok(())
    }
}

/// The live view. It takes the screen until it is dropped.
///
/// The terminal is not in raw mode, so that Ctrl-C is a signal as everywhere.
pub(crate) struct Live {
    terminal: Terminal<CrosstermBackend<Screen>>,
    /// Events each second.
    traffic: VecDeque<u64>,
    /// The slowest percent of acks each second, in microseconds.
    slow: VecDeque<u64>,
}

impl Live {
    /// Takes the screen.
    ///
    /// # Errors
    /// If the terminal has no size.
    pub(crate) fn start() -> std::io::Result<Live> {
        console::flush_briefly();
        // A line would tear the view.
        console::hold();
        execute!(Screen::default(), EnterAlternateScreen, Hide)?;
        let terminal = Terminal::new(CrosstermBackend::new(Screen::default()));
        match terminal {
            Ok(terminal) => Ok(Live {
                terminal,
                traffic: VecDeque::new(),
                slow: VecDeque::new(),
            }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Shows the state of the run. A terminal that is gone or paused holds up nothing.
    pub(crate) fn show(&mut self, progress: &Progress<'_>) {
        let row = progress.row;
        let traffic = row.rate(Counter::Emitted) + row.rate(Counter::Received);
        push(&mut self.traffic, traffic as u64);
        let slowest = [Kind::Ack, Kind::Wait, Kind::Delivery, Kind::Connect]
            .iter()
            .find_map(|kind| row.latencies.get(kind.name()));
        push(
            &mut self.slow,
            slowest.map_or(0, |it| (it.p99 * 1e3) as u64),
        );
        if !console::is_drawn() {
            return;
        }
        let (traffic, slow) = (&self.traffic, &self.slow);
        let _ = self
            .terminal
            .draw(|frame| draw(frame, progress, (traffic, slow)));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the screen back, if a live view has it.
pub(super) fn restore() {
    if console::is_held() {
        leave();
    }
}

fn leave() {
    // Fails only on a terminal without the means for it.
    let _ = execute!(Screen::default(), LeaveAlternateScreen, Show);
    console::release();
    // After a panic the process ends at once.
    console::flush_briefly();
}

fn push(values: &mut VecDeque<u64>, value: u64) {
    if values.len() >= SECONDS {
        values.pop_front();
    }
    values.push_back(value);
}

fn draw(frame: &mut Frame<'_>, progress: &Progress<'_>, curves: (&VecDeque<u64>, &VecDeque<u64>)) {
    let [top, users, table, first, second, errors, generator] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Min(6),
        Constraint::Length(4),
        Constraint::Length(4),
        Constraint::Length(7),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    head(frame, top, progress);
    frame.render_widget(Paragraph::new(users_text(progress)), users);
    frame.render_widget(latencies(progress), table);
    curve(frame, first, "events each second", curves.0);
    curve(frame, second, "99 % of acks, microseconds", curves.1);
    frame.render_widget(reasons(progress), errors);
    frame.render_widget(Paragraph::new(generator_text(progress)), generator);
}

fn head(frame: &mut Frame<'_>, area: Rect, progress: &Progress<'_>) {
    let (elapsed, length) = (
        progress.elapsed.as_secs_f64(),
        progress.length.as_secs_f64(),
    );
    let (state, effect) = match progress.is_stopping {
        true => ("ending", "again ends at once"),
        false => (progress.phase, "ends"),
    };
    let gauge = Gauge::default()
        .ratio((elapsed / length.max(1e-3)).clamp(0.0, 1.0))
        .label(format!(
            "{state}: {elapsed:.0} of {length:.0} s (Ctrl-C {effect})"
        ));
    frame.render_widget(gauge, area);
}

fn users_text(progress: &Progress<'_>) -> Vec<Line<'static>> {
    let (row, sum) = (progress.row, &progress.totals.sum);
    vec![
        Line::from(format!(
            "users {}, connected {}; started {}, completed {}, failed {}",
            row.users,
            row.connections,
            sum.counter(Counter::UsersStarted),
            sum.counter(Counter::UsersCompleted),
            sum.counter(Counter::UsersFailed),
        )),
        Line::from(format!(
            "each second: {:.0} connects, {:.0} emits, {:.0} acks, {:.0} received, {:.0} errors, {:.0} connections lost",
            row.rate(Counter::Connected),
            row.rate(Counter::Emitted),
            row.rate(Counter::Acked),
            row.rate(Counter::Received),
            row.rate(Counter::Errors),
            row.rate(Counter::Disconnects),
        )),
    ]
}

/// Response times of the last second, and of the whole run.
fn latencies(progress: &Progress<'_>) -> Table<'static> {
    let bold = Style::default().add_modifier(Modifier::BOLD);
    let head = Row::new(
        [
            "milliseconds",
            "count",
            "p50",
            "p90",
            "p99",
            "max",
            "run: count",
            "p50",
            "p99",
            "max",
        ]
        .map(str::to_owned),
    );
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let Some(measured) = progress.totals.sum.kind(kind) else {
            continue;
        };
        let second = progress.row.latencies.get(kind.name());
        let last = |value: fn(&crate::stats::Percentiles) -> f64| {
            second.map_or_else(String::new, |it| format!("{:.2}", value(it)))
        };
        let run = |percent| {
            let latency = measured.response.percentile(percent);
            format!("{:.2}", latency.as_secs_f64() * 1e3)
        };
        rows.push(Row::new([
            kind.name().to_owned(),
            second.map_or_else(String::new, |it| it.count.to_string()),
            last(|it| it.p50),
            last(|it| it.p90),
            last(|it| it.p99),
            last(|it| it.max),
            measured.response.count().to_string(),
            run(50.0),
            run(99.0),
            run(100.0),
        ]));
    }
    // The names are whole; the numbers take the rest.
    let mut widths = vec![Constraint::Min(19)];
    widths.extend([Constraint::Max(10); 9]);
    Table::new(rows, widths).header(head.style(bold))
}

fn curve(frame: &mut Frame<'_>, area: Rect, title: &str, values: &VecDeque<u64>) {
    let width = usize::from(area.width);
    let skipped = values.len().saturating_sub(width);
    let values: Vec<u64> = values.iter().skip(skipped).copied().collect();
    let most = values.iter().max().copied().unwrap_or(0);
    let block = Block::default().title(format!("{title} (at most {most})"));
    frame.render_widget(Sparkline::default().data(values).block(block), area);
}

fn reasons(progress: &Progress<'_>) -> Paragraph<'static> {
    let mut reasons: Vec<_> = progress.totals.sum.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let line = |(reason, count): &(&crate::stats::Reason, &u64)| {
        let stage = match reason.stage {
            Stage::Disconnect => "lost",
            stage => stage.name(),
        };
        Line::from(format!("{count:>8}  {stage}: {}", reason.text))
    };
    let lines: Vec<Line<'static>> = reasons.iter().take(6).map(line).collect();
    let title = match lines.is_empty() {
        true => "no error",
        false => "errors and losses",
    };
    Paragraph::new(lines).block(Block::default().title(title))
}

fn generator_text(progress: &Progress<'_>) -> String {
    let row = progress.row;
    format!(
        "generator: {:.0} % of one core, {:.1} ms late, {} MiB",
        row.cpu * 100.0,
        row.lag_ms,
        progress.health.resident_peak >> 20
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ratatui::backend::TestBackend;

    use super::*;
    use crate::engine::Health;
    use crate::stats::{Interval, Moment, Totals};

    #[test]
    fn rates_percentiles_errors_and_health_are_shown_in_any_size() {
        let mut interval = Interval::default();
        let latency = Duration::from_millis(12);
        interval.record(Kind::Ack, &"echo".into(), latency, latency);
        interval.count(Counter::Emitted, 7);
        interval.reason(Stage::Connect, "Connection refused", 3);
        let mut totals = Totals::default();
        let moment = Moment {
            at: Duration::from_secs(5),
            length: Duration::from_secs(1),
            users: 42,
            ..Moment::default()
        };
        let row = totals.add(&interval, &moment);
        let progress = Progress {
            elapsed: Duration::from_secs(5),
            length: Duration::from_secs(10),
            phase: "arriving",
            row: &row,
            totals: &totals,
            health: &Health::default(),
            is_stopping: false,
        };
        let curve: VecDeque<u64> = [1, 5, 3].into();
        for (width, height) in [(1, 1), (20, 5), (120, 40)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal
                .draw(|frame| draw(frame, &progress, (&curve, &curve)))
                .unwrap();
            if width == 120 {
                let screen = terminal.backend().to_string();
                for part in [
                    "arriving: 5 of 10 s",
                    "users 42",
                    "7 emits",
                    "12.0",
                    "connect: Connection refused",
                    "generator: ",
                ] {
                    assert!(screen.contains(part), "no `{part}` in\n{screen}");
                }
            }
        }
    }
}
