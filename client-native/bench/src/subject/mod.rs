//! The clients under test, and what is measured of all of them in the same way.

pub(crate) mod raw;
pub(crate) mod rust_socketio;
pub(crate) mod tidewire;

use std::fmt::Debug;
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::Deserialize;

use crate::sample::{Sample, Watch, micros, quantile};
use crate::server::TEXT;
use crate::{Result, machine};

/// A client, as far as connections and acks go.
pub(crate) trait Subject: Sized {
    /// What is held of a connection that does nothing.
    type Idle;

    /// Connects. Ready when the server has let it into the namespace.
    async fn connect(url: &str) -> Result<Self>;

    /// Emits `echo` and awaits the answer.
    async fn echo(&mut self, number: u64) -> Result<u64>;

    /// Emits `count` and awaits what the server has counted.
    async fn count(&mut self) -> Result<Counted>;

    fn idle(self) -> Self::Idle;
}

/// What the server says it has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Counted {
    /// `sent` events on this connection, and their bytes.
    events: u64,
    bytes: u64,
    /// Connections that have joined, of all there were.
    joined: u64,
}

impl Counted {
    /// Whether all of `count` events have come, and whole.
    fn check_events(self, count: u64) -> Result<()> {
        let bytes = count * format!(r#"42["sent","{TEXT}"]"#).len() as u64;
        check(
            &(self.events, self.bytes),
            &(count, bytes),
            "sent events, bytes",
        )
    }
}

/// One event from the server, in its turn.
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

/// Acks, one after the other.
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

/// Connections, `at_once` on their way at any time. All stay until the end.
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

/// Memory of connections; what the first one brings with it is not theirs.
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
