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
use crate::sample::{Sample, Watch, micros, quantile};
use crate::server::TEXT;

/// A client: connections and acks.
pub(crate) trait Subject: Sized {
    /// The part of a client that keeps an idle connection open.
    type Idle;

    /// Connects to the namespace.
    async fn connect(url: &str) -> Result<Self>;

    /// Emits `echo` and awaits the ack.
    async fn echo(&mut self, number: u64) -> Result<u64>;

    /// Emits `count` and awaits the server's counts.
    async fn count(&mut self) -> Result<Counted>;

    fn idle(self) -> Self::Idle;
}

/// The counts that the server reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Counted {
    /// `sent` events on this connection, and their bytes.
    events: u64,
    bytes: u64,
    /// All connections to the namespace so far.
    joined: u64,
}

impl Counted {
    /// Checks that all `count` events have arrived.
    fn check_events(self, count: u64) -> Result<()> {
        let bytes = count * format!(r#"42["sent","{TEXT}"]"#).len() as u64;
        check(
            &(self.events, self.bytes),
            &(count, bytes),
            "sent events, bytes",
        )
    }
}

/// Checks the next event from the server.
pub(crate) fn check_tick(number: u64, text: &str, expected: u64) -> Result<()> {
    check(&(number, text), &(expected, TEXT), "a tick")
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

/// Measures acks, one by one.
pub(crate) async fn acks<S: Subject>(url: &str, count: u64) -> Result<Sample> {
    let mut subject = S::connect(url).await?;
    check(&subject.echo(count).await?, &count, "an answer")?;
    let mut spans = Vec::with_capacity(usize::try_from(count)?);
    let watch = Watch::start();
    for number in 0..count {
        let start = Instant::now();
        let answer = subject.echo(number).await?;
        spans.push(micros(start.elapsed()));
        check(&answer, &number, "an answer")?;
    }
    Ok(Sample {
        p50_us: Some(quantile(&mut spans, 0.5)),
        p99_us: Some(quantile(&mut spans, 0.99)),
        ..watch.stop(count)
    })
}

/// Measures connections, `at_once` opening at any time. All stay open until the end.
pub(crate) async fn connect<S: Subject>(url: &str, count: u64, at_once: usize) -> Result<Sample> {
    let mut first = S::connect(url).await?;
    let mut connected = Vec::with_capacity(usize::try_from(count)?);
    let mut waiting = 0..count;
    let mut connecting = FuturesUnordered::new();
    let watch = Watch::start();
    connecting.extend(waiting.by_ref().take(at_once).map(|_| S::connect(url)));
    while let Some(subject) = connecting.next().await {
        connected.push(subject?);
        connecting.extend(waiting.next().map(|_| S::connect(url)));
    }
    let sample = watch.stop(count);
    check(&first.count().await?.joined, &(count + 1), "connections")?;
    Ok(sample)
}

/// Measures the memory of connections, without that of the first one.
pub(crate) async fn idle<S: Subject>(url: &str, count: u64) -> Result<Sample> {
    let mut first = S::connect(url).await?;
    let mut held = Vec::with_capacity(usize::try_from(count)?);
    let before = machine::resident()?;
    let watch = Watch::start();
    for _ in 0..count {
        held.push(S::connect(url).await?.idle());
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
