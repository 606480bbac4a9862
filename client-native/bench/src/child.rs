//! A client process: measures one row and prints the sample.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;

use crate::machine;
use crate::result::Result;
use crate::rows::{Client, How, Measurement, ROWS};
use crate::sample::Sample;
use crate::subject::raw::Raw;
use crate::subject::rust_socketio::RustSocketio;
use crate::subject::tidewire::{Tidewire, WithHandler};
use crate::subject::{acks, connect, idle};

/// The row to measure, the server's port, and the number of events or connections.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Task {
    #[arg(long)]
    pub(crate) row: usize,
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) count: u64,
}

/// The time limit of a measurement. The longest takes seconds, so events were lost if it is reached.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Connections that open at the same time, in the measurement that has several.
const AT_ONCE: usize = 32;

pub(crate) fn run(task: &Task) -> Result<()> {
    machine::pin(1)?;
    machine::raise_file_limit()?;
    let row = ROWS.get(task.row).ok_or("there is no such row")?;
    if row.client == Client::Node {
        return become_node(task, row.measurement);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let measured =
        runtime.block_on(in_time(measure(task, row.client, row.measurement, row.how)))?;
    println!("{}", serde_json::to_string(&measured)?);
    // Open connections end with the process.
    std::process::exit(0);
}

async fn in_time(measured: impl Future<Output = Result<Sample>>) -> Result<Sample> {
    let outcome = tokio::time::timeout(TIME_LIMIT, measured).await;
    outcome.map_err(|_| "not done in time: events were lost")?
}

async fn measure(
    task: &Task,
    client: Client,
    measurement: Measurement,
    how: How,
) -> Result<Sample> {
    let url = format!("http://127.0.0.1:{}", task.port);
    let (url, count) = (url.as_str(), task.count);
    match (client, measurement) {
        (Client::Raw, Measurement::Receive) => Raw::receive(url, count, how).await,
        (Client::Raw, Measurement::Send) => Raw::send(url, count, how).await,
        (Client::Raw, other) => measure_any::<Raw>(url, count, other).await,
        (Client::Tidewire, Measurement::Receive) => Tidewire::receive(url, count, how).await,
        (Client::Tidewire, Measurement::Send) => Tidewire::send(url, count).await,
        (Client::Tidewire, other) if how == How::Handler => {
            measure_any::<WithHandler>(url, count, other).await
        }
        (Client::Tidewire, other) => measure_any::<Tidewire>(url, count, other).await,
        (Client::RustSocketio, Measurement::Receive) => RustSocketio::receive(url, count).await,
        (Client::RustSocketio, Measurement::Send) => RustSocketio::send(url, count).await,
        (Client::RustSocketio, other) => measure_any::<RustSocketio>(url, count, other).await,
        (Client::Node, _) => Err("Node is a process of its own".into()),
    }
}

/// Runs a measurement that is the same for all clients.
async fn measure_any<S: crate::subject::Subject>(
    url: &str,
    count: u64,
    measurement: Measurement,
) -> Result<Sample> {
    match measurement {
        Measurement::Acks => acks::<S>(url, count).await,
        Measurement::Connect => connect::<S>(url, count, 1).await,
        Measurement::ConnectAtOnce => connect::<S>(url, count, AT_ONCE).await,
        Measurement::Idle => idle::<S>(url, count).await,
        Measurement::Receive | Measurement::Send => Err("a measurement of its own".into()),
    }
}

/// Returns whether Node and the official client are installed.
pub(crate) fn has_node() -> bool {
    let version = Command::new("node").arg("--version").output();
    version.is_ok_and(|version| version.status.success())
        && peers().join("node_modules/socket.io-client-4").exists()
}

/// Replaces this pinned process by the script.
fn become_node(task: &Task, measurement: Measurement) -> Result<()> {
    use std::os::unix::process::CommandExt as _;

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/client.js");
    let mut node = Command::new("node");
    node.arg("--expose-gc").arg(script).arg(measurement.name());
    node.args([task.port.to_string(), task.count.to_string()]);
    node.args([AT_ONCE.to_string(), TIME_LIMIT.as_millis().to_string()]);
    Err(node.current_dir(peers()).exec().into())
}

/// The folder in which the tests install the official client.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../server-testbed/peers")
}
