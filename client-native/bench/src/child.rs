//! A client process: measures one row and prints the sample.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;
use tokio::runtime::{Builder, Runtime};

use crate::machine;
use crate::result::Result;
use crate::rows::{Client, How, Measurement, ROWS, Row};
use crate::sample::Sample;
use crate::subject::raw::{Raw, RawOverTls};
use crate::subject::rust_socketio::RustSocketio;
use crate::subject::tidewire::{Idle, Tidewire};
use crate::subject::{AT_ONCE, Job, Target, idle, measure};

/// The row to measure, the server's port, and the number of events or connections.
#[derive(Clone, Debug, Args)]
pub(crate) struct Task {
    #[arg(long)]
    pub(crate) row: usize,
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) count: u64,
    /// The server's certificate, if it has one.
    #[arg(long)]
    pub(crate) certificate: Option<String>,
}

/// The time limit of a measurement. The longest takes seconds, and fifty times that under callgrind, so events were lost if it
/// is reached.
const TIME_LIMIT: Duration = Duration::from_secs(180);

pub(crate) fn run(task: &Task) -> Result<()> {
    machine::raise_file_limit()?;
    let row = ROWS.get(task.row).ok_or("there is no such row")?;
    if row.client == Client::Node {
        machine::pin(1)?;
        return become_node(task, row);
    }
    let runtime = runtime(row.how)?;
    let measured = runtime.block_on(in_time(choose(row, &job(task, row))))?;
    println!("{}", serde_json::to_string(&measured)?);
    // Open connections end with the process.
    std::process::exit(0);
}

/// One thread on a processor of its own. Several threads get all processors, and share one of them with the server.
fn runtime(how: How) -> Result<Runtime> {
    if how == How::TasksOfThreads {
        return Ok(Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?);
    }
    machine::pin(1)?;
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn job(task: &Task, row: &Row) -> Job {
    Job {
        target: Target {
            address: format!("127.0.0.1:{}", task.port),
            certificate: task.certificate.clone(),
        },
        measurement: row.measurement,
        how: row.how,
        count: task.count,
        size: row.measurement.size(),
    }
}

async fn in_time(measured: impl Future<Output = Result<Sample>>) -> Result<Sample> {
    let outcome = tokio::time::timeout(TIME_LIMIT, measured).await;
    outcome.map_err(|_| "not done in time: events were lost")?
}

async fn choose(row: &Row, job: &Job) -> Result<Sample> {
    match (row.client, row.measurement, row.how) {
        (Client::Raw, Measurement::Idle, How::Tls) => idle::<RawOverTls>(job).await,
        (Client::Tidewire, Measurement::Idle, _) => idle::<Idle>(job).await,
        (Client::Raw, ..) => measure::<Raw>(job).await,
        (Client::Tidewire, ..) => measure::<Tidewire>(job).await,
        (Client::RustSocketio, ..) => measure::<RustSocketio>(job).await,
        (Client::Node, ..) => Err("Node is a process of its own".into()),
    }
}

/// Returns whether Node and the official client are installed.
pub(crate) fn has_node() -> bool {
    let version = Command::new("node").arg("--version").output();
    version.is_ok_and(|version| version.status.success())
        && peers().join("node_modules/socket.io-client-4").exists()
}

/// Replaces this pinned process by the script.
fn become_node(task: &Task, row: &Row) -> Result<()> {
    use std::os::unix::process::CommandExt as _;

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/client.js");
    let measurement = row.measurement;
    let mut node = Command::new("node");
    node.arg("--expose-gc").arg(script).arg(measurement.name());
    node.args([task.port.to_string(), task.count.to_string()]);
    node.arg(measurement.size().to_string());
    node.args([AT_ONCE.to_string(), TIME_LIMIT.as_millis().to_string()]);
    if row.how == How::Deflate {
        node.arg("deflate");
    }
    Err(node.current_dir(peers()).exec().into())
}

/// The folder in which the tests install the official client.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../server-testbed/peers")
}
