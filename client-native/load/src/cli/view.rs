//! The course of a run: a live view or lines, and the endpoint for Prometheus.

use std::net::SocketAddr;

use super::console;
use super::endpoint::Endpoint;
use super::live::Live;
use super::options::OutputOptions;
use crate::engine::Progress;
use crate::report::exposition;
use crate::stats::{Counter, Kind};

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

/// Shows the run as the options say: a live view or plain lines, and the endpoint for Prometheus.
pub(crate) struct View {
    live: Option<Live>,
    endpoint: Option<Endpoint>,
}

impl View {
    /// Begins to serve the measurements.
    ///
    /// # Errors
    /// If the endpoint's address is in use.
    pub(crate) async fn start(options: &ViewOptions) -> Result<View, String> {
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
        Ok(View {
            live: None,
            endpoint,
        })
    }

    /// Takes the screen for a live view, unless the output is not a terminal or the options want lines.
    pub(crate) fn take_screen(&mut self, options: &ViewOptions) {
        if !options.plain && console::is_terminal() {
            // A terminal without the means for a live view gets lines.
            self.live = Live::start().ok();
        }
    }

    /// Returns whether the view has the screen.
    pub(crate) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Shows the state of the run.
    pub(crate) fn show(&mut self, progress: &Progress<'_>) {
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
    if errors > 0 || lost > 0 {
        line.push_str(&format!("; {errors} errors, {lost} connections lost"));
    }
    console::note(&line);
}
