//! The options of the program.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tidewire::{EngineVersion, Transport};

use crate::report::Threshold;
use crate::source::parse_duration;

/// How many users does a Socket.IO server hold, and what do they feel?
///
/// With a URL alone: connects 50 users within the first half of ten seconds, keeps them connected, and reports. The exit status is 0,
/// 1 if a threshold is not met or no user was connected, 2 if the run could not begin or a report could not be written, and 130
/// if Ctrl-C ended the run.
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
    #[arg(short = 't', long = "for", value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub(crate) time: Duration,
    /// An event that each user emits again and again, with an ack unless --no-ack is given.
    #[arg(short, long, value_name = "EVENT")]
    pub(crate) emit: Option<String>,
    /// The arguments of the event: a JSON array, or any other JSON for one argument.
    #[arg(short, long, value_name = "JSON", requires = "emit", value_parser = json)]
    pub(crate) args: Option<serde_json::Value>,
    /// The time between two events of a user.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
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
}

/// Options of the clients.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clients")]
pub(crate) struct ClientOptions {
    /// The path of the Engine.IO endpoint [default: /socket.io].
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// The transports [default: websocket].
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transports>,
    /// The server's Engine.IO version, 3 for socket.io 2.x [default: detected].
    #[arg(long, value_name = "3|4", value_parser = engine_version)]
    pub(crate) engine: Option<EngineVersion>,
    /// The auth payload: a JSON object. 2.x servers get it in the query of the namespace.
    #[arg(long, value_name = "JSON", value_parser = json)]
    pub(crate) auth: Option<serde_json::Value>,
    /// A parameter of the query.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
    /// A header.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// A file of certificates to trust, too (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Trusts every certificate.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// A proxy: http:// or socks5://.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// How long a connect may take [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long to await an ack, an event or a response [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) timeout: Option<Duration>,
    /// Does not reconnect after a loss.
    #[arg(long)]
    pub(crate) no_reconnect: bool,
}

/// The transports of the clients.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Transports {
    /// WebSocket.
    Websocket,
    /// HTTP long-polling, without an upgrade.
    Polling,
    /// HTTP long-polling, then an upgrade to a WebSocket.
    Upgrade,
}

impl Transports {
    /// The transports in order, and whether to upgrade.
    pub(crate) fn list(self) -> (Vec<Transport>, bool) {
        match self {
            Transports::Websocket => (vec![Transport::WebSocket], false),
            Transports::Polling => (vec![Transport::Polling], false),
            Transports::Upgrade => (vec![Transport::Polling, Transport::WebSocket], true),
        }
    }
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

/// Bounds of the run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Connects that may be in progress at a time.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) connecting: usize,
    /// Local addresses to connect from, in turn: each has ports for some 28,000 users.
    #[arg(long, value_name = "ADDRESS,..", value_delimiter = ',')]
    pub(crate) bind: Vec<IpAddr>,
    /// The seed of all random numbers [default: a random one].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Runs a part of the users: 1/4 is the first of four. All shards need the same --seed.
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "seed")]
    pub(crate) shard: Option<(u64, u64)>,
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

fn engine_version(text: &str) -> Result<EngineVersion, String> {
    match text {
        "3" => Ok(EngineVersion::Eio3),
        "4" => Ok(EngineVersion::Eio4),
        _ => Err("expected 3 (socket.io 2.x) or 4 (socket.io 3.x and 4.x)".into()),
    }
}

/// Reads `1/4`: the first shard is 0 inside.
fn shard(text: &str) -> Result<(u64, u64), String> {
    let expected = "expected I/N, such as 1/4 for the first of four";
    let (index, count) = text.split_once('/').ok_or(expected)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| expected);
    let (index, count) = (number(index)?, number(count)?);
    match (1..=count).contains(&index) {
        true => Ok((index - 1, count)),
        false => Err(expected.into()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
