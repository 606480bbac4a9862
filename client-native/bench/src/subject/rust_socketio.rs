//! rust_socketio 0.6.0, its async client, over WebSocket alone.
//!
//! It connects slowly wherever the server does not happen to speak at the right moment: it sends an unasked pong before
//! CONNECT without `TCP_NODELAY`, so that CONNECT waits for the server's delayed ACK, 40 ms (with socket.io 4.8.4 too).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use rust_socketio::asynchronous::{Client, ClientBuilder};
use rust_socketio::{Event, Payload, TransportType};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Connects, Counted, Job, Subject, Target, check, check_blob, check_tick};
use crate::result::Result;
use crate::sample::{Sample, Watch};
use crate::server::{TEXT, blob, text};

pub(crate) struct RustSocketio {
    client: Client,
}

impl RustSocketio {
    /// Emits and awaits the first argument of the answer.
    async fn ask(&self, event: &str, argument: Payload) -> Result<Value> {
        let (tell, mut answered) = mpsc::unbounded_channel();
        let callback = move |payload: Payload, _| {
            let _ = tell.send(payload);
            async {}.boxed()
        };
        self.client
            .emit_with_ack(event, argument, Duration::from_secs(30), callback)
            .await?;
        let answer = answered.recv().await.ok_or("the client ended")?;
        Ok(first(answer).ok_or("an answer without arguments")?)
    }
}

fn builder(target: &Target) -> ClientBuilder {
    ClientBuilder::new(target.url()).transport_type(TransportType::Websocket)
}

/// Asks for events, and counts those that come in their turn.
async fn receive(
    job: &Job,
    flood: &str,
    event: &str,
    is_next: impl Fn(&Payload, u64) -> bool + Send + Sync + 'static,
) -> Result<Sample> {
    let shared = Arc::new((AtomicU64::new(0), is_next));
    let (done, mut flooded) = mpsc::unbounded_channel();
    let builder = builder(&job.target)
        .on(event, {
            let shared = shared.clone();
            move |payload, _| {
                let shared = shared.clone();
                async move {
                    let (seen, is_next) = &*shared;
                    let expected = seen.load(Ordering::Relaxed);
                    if is_next(&payload, expected) {
                        seen.store(expected + 1, Ordering::Relaxed);
                    }
                }
                .boxed()
            }
        })
        .on("flooded", move |_, _| {
            let done = done.clone();
            async move {
                let _ = done.send(());
            }
            .boxed()
        });
    let client = joined(builder).await?;
    let watch = Watch::start();
    client
        .emit(flood, vec![json!(job.count), json!(job.size)])
        .await?;
    flooded.recv().await.ok_or("the client ended")?;
    let sample = watch.stop(job.count);
    check(&shared.0.load(Ordering::Relaxed), &job.count, "events")?;
    Ok(sample)
}

/// Emits the event again and again, until the server has counted all.
async fn send(job: &Job, event: &str, payload: &Payload) -> Result<Sample> {
    let mut subject = RustSocketio::connect(job).await?;
    let watch = Watch::start();
    for _ in 0..job.count {
        subject.client.emit(event, payload.clone()).await?;
    }
    let counted = subject.count().await?;
    let sample = watch.stop(job.count);
    counted.check_sent(job)?;
    Ok(sample)
}

/// Connects, and waits for the namespace: `connect` returns before the server has answered.
async fn joined(builder: ClientBuilder) -> Result<Client> {
    let (tell, mut opened) = mpsc::unbounded_channel();
    let builder = builder.on(Event::Connect, move |_, _| {
        let _ = tell.send(());
        async {}.boxed()
    });
    let client = builder.connect().await?;
    opened.recv().await.ok_or("the client ended")?;
    Ok(client)
}

fn tick(payload: &Payload) -> Option<(u64, &str)> {
    match payload {
        Payload::Text(values) => Some((values.first()?.as_u64()?, values.get(1)?.as_str()?)),
        _ => None,
    }
}

/// The first argument: acks come as one array of all.
fn first(payload: Payload) -> Option<Value> {
    let Payload::Text(values) = payload else {
        return None;
    };
    match values.into_iter().next()? {
        Value::Array(arguments) => arguments.into_iter().next(),
        other => Some(other),
    }
}

impl Connects for RustSocketio {
    type Idle = Self;

    async fn connect(job: &Job) -> Result<Self> {
        let client = joined(builder(&job.target)).await?;
        Ok(RustSocketio { client })
    }

    async fn count(&mut self) -> Result<Counted> {
        let answer = self.ask("count", Payload::Text(Vec::new())).await?;
        Ok(serde_json::from_value(answer)?)
    }

    fn idle(self) -> Self {
        self
    }
}

impl Subject for RustSocketio {
    async fn echo(&mut self, number: u64) -> Result<u64> {
        let answer = self.ask("echo", json!(number).into()).await?;
        Ok(answer.as_u64().ok_or("not a number")?)
    }

    async fn receive(job: &Job) -> Result<Sample> {
        let wanted = text(job.size);
        receive(job, "flood", "tick", move |payload, expected| {
            tick(payload).is_some_and(|tick| check_tick(tick, (expected, &wanted)).is_ok())
        })
        .await
    }

    async fn receive_blobs(job: &Job) -> Result<Sample> {
        let size = job.size;
        receive(job, "flood-blobs", "blob", move |payload, expected| {
            matches!(payload, Payload::Binary(blob) if check_blob(blob, expected, size).is_ok())
        })
        .await
    }

    async fn send(job: &Job) -> Result<Sample> {
        send(job, "sent", &json!(TEXT).into()).await
    }

    async fn send_blobs(job: &Job) -> Result<Sample> {
        send(job, "blob", &blob(0, job.size).into()).await
    }
}
