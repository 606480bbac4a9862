//! The clients under test, and the measurements that are the same for all.

pub(crate) mod raw;
pub(crate) mod rust_socketio;
pub(crate) mod tidewire;

use std::fmt::Debug;
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::Deserialize;

use crate::machine;
use crate::result::Result;
use crate::rows::{How, Measurement};
use crate::sample::{Sample, Watch, micros, quantile};
use crate::server::{TEXT, is_blob};

/// A task for a client, with a server.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) target: Target,
    pub(crate) measurement: Measurement,
    pub(crate) how: How,
    /// The number of events or connections.
    pub(crate) count: u64,
    /// The size of an event's text or attachment, in bytes.
    pub(crate) size: usize,
}

/// The server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `127.0.0.1` with the port.
    pub(crate) address: String,
    /// The certificate to trust, as PEM text, if the connection is encrypted.
    pub(crate) certificate: Option<String>,
}

impl Target {
    pub(crate) fn url(&self) -> String {
        let scheme = match self.certificate {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}", self.address)
    }
}

/// A client that connects.
pub(crate) trait Connects: Sized {
    /// The part of a client that keeps an idle connection open.
    type Idle;

    /// Connects to the namespace.
    async fn connect(job: &Job) -> Result<Self>;

    /// Emits `count` and awaits the server's counts.
    async fn count(&mut self) -> Result<Counted>;

    fn idle(self) -> Self::Idle;
}

/// A client that can do everything.
pub(crate) trait Subject: Connects {
    /// Emits `echo` and awaits the ack.
    async fn echo(&mut self, number: u64) -> Result<u64>;

    /// Asks for `tick`s, and receives them.
    async fn receive(job: &Job) -> Result<Sample>;

    /// Asks for `blob`s, and receives them.
    async fn receive_blobs(job: &Job) -> Result<Sample>;

    /// Emits `sent`, until the server has counted all.
    async fn send(job: &Job) -> Result<Sample>;

    /// Emits `blob`, until the server has counted all.
    async fn send_blobs(job: &Job) -> Result<Sample>;
}

/// The counts that the server reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Counted {
    /// `sent` events and attachments on this connection, and their bytes.
    events: u64,
    bytes: u64,
    /// All connections to the namespace so far.
    joined: u64,
}

impl Counted {
    /// Checks that all events of a job, or their attachments, have arrived.
    fn check_sent(self, job: &Job) -> Result<()> {
        let each = match job.measurement {
            Measurement::SendBinary => job.size,
            Measurement::SendWords => r#"42["sent",""]"#.len() + job.size,
            _ => format!(r#"42["sent","{TEXT}"]"#).len(),
        };
        check(
            &(self.events, self.bytes),
            &(job.count, job.count * each as u64),
            "events or attachments sent, their bytes",
        )
    }
}

/// Checks the next event from the server.
pub(crate) fn check_tick(got: (u64, &str), wanted: (u64, &str)) -> Result<()> {
    check(&got, &wanted, "a tick")
}

/// Checks the next attachment from the server.
pub(crate) fn check_blob(blob: &[u8], expected: u64, size: usize) -> Result<()> {
    check(&is_blob(blob, expected, size), &true, "the next attachment")
}

pub(crate) fn check<T>(got: &T, wanted: &T, what: &str) -> Result<()>
where
    T: PartialEq + Debug + ?Sized,
{
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: {got:?} where {wanted:?} was expected").into())
}

/// Connections that open at the same time, in the measurement that has several.
pub(crate) const AT_ONCE: usize = 32;

pub(crate) async fn measure<S: Subject>(job: &Job) -> Result<Sample> {
    match job.measurement {
        Measurement::Receive | Measurement::ReceiveLarge | Measurement::ReceiveWords => {
            S::receive(job).await
        }
        Measurement::ReceiveBinary => S::receive_blobs(job).await,
        Measurement::Send | Measurement::SendWords => S::send(job).await,
        Measurement::SendBinary => S::send_blobs(job).await,
        Measurement::Acks => acks::<S>(job).await,
        Measurement::Connect => connect::<S>(job, 1).await,
        Measurement::ConnectAtOnce => connect::<S>(job, AT_ONCE).await,
        Measurement::Idle => idle::<S>(job).await,
    }
}

/// Measures acks, one by one.
async fn acks<S: Subject>(job: &Job) -> Result<Sample> {
    let count = job.count;
    let mut subject = S::connect(job).await?;
    check(&subject.echo(count).await?, &count, "an answer")?;
    let mut spans = Vec::with_capacity(usize::try_from(count)?);
    let watch = Watch::start();
    for number in 0..count {
        let start = Instant::now();
        let answer = subject.echo(number).await?;
        spans.push(micros(start.elapsed()));
        check(&answer, &number, "an answer")?;
    }
    let sample = watch.stop(count);
    Ok(Sample {
        p50_us: Some(quantile(&mut spans, 0.5)),
        p99_us: Some(quantile(&mut spans, 0.99)),
        ..sample
    })
}

/// Measures connections, `at_once` opening at any time. All stay open until the end.
async fn connect<S: Connects>(job: &Job, at_once: usize) -> Result<Sample> {
    let count = job.count;
    let mut first = S::connect(job).await?;
    let mut connected = Vec::with_capacity(usize::try_from(count)?);
    let mut waiting = 0..count;
    let mut connecting = FuturesUnordered::new();
    let watch = Watch::start();
    connecting.extend(waiting.by_ref().take(at_once).map(|_| S::connect(job)));
    while let Some(subject) = connecting.next().await {
        connected.push(subject?);
        connecting.extend(waiting.next().map(|_| S::connect(job)));
    }
    let sample = watch.stop(count);
    check(&first.count().await?.joined, &(count + 1), "connections")?;
    Ok(sample)
}

/// Measures the memory of connections, without that of the first one.
pub(crate) async fn idle<S: Connects>(job: &Job) -> Result<Sample> {
    let count = job.count;
    let mut first = S::connect(job).await?;
    let mut held = Vec::with_capacity(usize::try_from(count)?);
    let before = machine::resident()?;
    let watch = Watch::start();
    for _ in 0..count {
        held.push(S::connect(job).await?.idle());
    }
    let sample = watch.stop(count);
    check(&first.count().await?.joined, &(count + 1), "connections")?;
    let grown = machine::resident()?.saturating_sub(before);
    drop(held);
    Ok(Sample {
        resident_bytes: Some(grown as f64),
        ..sample
    })
}
