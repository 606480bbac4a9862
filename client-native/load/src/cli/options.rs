//! The options of the program.

mod client;
mod run;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

pub(crate) use client::ClientOptions;
pub(crate) use run::{LimitOptions, MeetOptions, RunOptions};
use values::{event, json, time};

use crate::report::Threshold;

/// How many users does a Socket.IO server hold, and what do they feel?
///
/// With a URL alone: connects 50 users within the first half of ten seconds, keeps them connected, and reports. The exit status is 0,
/// 1 if a threshold is not met, no user was connected or a shard is missing, 2 if the run could not begin or a report could not be written, and 130
/// if Ctrl-C, SIGTERM or SIGHUP ended the run.
#[derive(Debug, Parser)]
#[command(
    name = "tidewire-load",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) quick: Quick,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a scenario file.
    Run(Box<RunFile>),
    /// Finds the mistakes of a scenario file without a run.
    Check(CheckFile),
    /// Merges the JSON reports of shards into one report.
    Merge(Merge),
    /// Watches all shards of a run that meet at a Redis server, and merges their reports at the end.
    Watch(Watch),
}

/// Shards to watch.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The Redis server of --meet: redis://host:port.
    pub(crate) redis: String,
    #[command(flatten)]
    pub(crate) run: RunOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// Reports to merge.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The JSON reports of all shards of one run.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// A run of a file.
#[derive(Debug, Args)]
pub(crate) struct RunFile {
    /// The scenario: TOML, or YAML if the name ends in .yml or .yaml.
    pub(crate) file: PathBuf,
    /// The server, in place of the one in the file.
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) meet: MeetOptions,
}

/// A file to check.
#[derive(Debug, Args)]
pub(crate) struct CheckFile {
    /// The scenario.
    pub(crate) file: PathBuf,
}

/// A run without a file.
#[derive(Debug, Args)]
pub(crate) struct Quick {
    /// The server: http://host:port/namespace, or https, ws, wss.
    pub(crate) url: Option<String>,
    /// Users.
    #[arg(short, long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) users: u64,
    /// How long to run. The users arrive in the first half.
    #[arg(short = 't', long = "for", value_name = "TIME", default_value = "10s", value_parser = time)]
    pub(crate) time: Duration,
    /// An event that each user emits again and again, with an ack unless --no-ack is given.
    #[arg(short, long, value_name = "EVENT", value_parser = event)]
    pub(crate) emit: Option<String>,
    /// The arguments of the event: a JSON array, or any other JSON for one argument.
    #[arg(short, long, value_name = "JSON", requires = "emit", value_parser = json)]
    pub(crate) args: Option<serde_json::Value>,
    /// The time between two events of a user.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub(crate) every: Duration,
    /// Does not await acks.
    #[arg(long, requires = "emit")]
    pub(crate) no_ack: bool,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) meet: MeetOptions,
}

/// Where the results go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct OutputOptions {
    /// Writes the report as JSON, with all histograms.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes the course as CSV, one line each second.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Writes the report as one HTML page with charts.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// An earlier JSON report that the HTML page compares with.
    #[arg(long, value_name = "FILE", requires = "html")]
    pub(crate) baseline: Option<PathBuf>,
    /// Writes the thresholds as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Serves the measurements to Prometheus while the run is in progress.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) prometheus: Option<SocketAddr>,
    /// Prints a line each second in place of the live view.
    #[arg(long)]
    pub(crate) plain: bool,
    /// A condition such as 'ack.p99 < 200ms' or 'errors < 0.1%'. If it is not met, the exit status is 1.
    #[arg(long, value_name = "CONDITION", value_parser = Threshold::parse)]
    pub(crate) threshold: Vec<Threshold>,
}
