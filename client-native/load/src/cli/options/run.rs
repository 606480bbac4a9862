//! The options of a run: its bounds, and where its shards meet.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;

use super::values::{shard, time};

/// Bounds of the run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Connects that may be in progress at a time.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connecting: u32,
    /// Local addresses to connect from, in turn: each has ports for some 28,000 users.
    #[arg(long, value_name = "ADDRESS,..", value_delimiter = ',')]
    pub(crate) bind: Vec<IpAddr>,
    /// The seed of all random numbers [default: a random one].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Runs a part of the users: 1/4 is the first of four. All shards need the same --seed. auto/4 takes the number from
    /// JOB_COMPLETION_INDEX (Kubernetes) or NOMAD_ALLOC_INDEX (Nomad), which begin with 0.
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "seed")]
    pub(crate) shard: Option<(u64, u64)>,
}

/// Where shards meet.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many machines")]
pub(crate) struct MeetOptions {
    /// A Redis server at which the shards of a run meet: they start together, and `tidewire-load watch` sees them all.
    #[arg(long, value_name = "URL", requires = "shard")]
    pub(crate) meet: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

/// A run among those at one Redis server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many machines")]
pub(crate) struct RunOptions {
    /// The name of the run. Its results stay at the Redis server for a day.
    #[arg(long, value_name = "NAME", default_value = "run")]
    pub(crate) run_name: String,
    /// How long to wait for Redis, and for the shards that have not come.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub(crate) meet_timeout: Duration,
}
