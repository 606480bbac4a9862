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

use super::{Counted, Subject, check, check_tick};
use crate::result::Result;
use crate::sample::{Sample, Watch};
use crate::server::TEXT;

pub(crate) struct RustSocketio {
    client: Client,
}

impl RustSocketio {
    pub(crate) async fn receive(url: &str, count: u64) -> Result<Sample> {
        let seen = Arc::new(AtomicU64::new(0));
        let (done, mut flooded) = mpsc::unbounded_channel();
        let builder = builder(url)
            .on("tick", {
                let seen = seen.clone();
                move |payload, _| {
                    let seen = seen.clone();
                    async move {
                        let expected = seen.load(Ordering::Relaxed);
                        if let Some((number, text)) = tick(&payload)
                            && check_tick(number, text, expected).is_ok()
                        {
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
        client.emit("flood", json!(count)).await?;
        flooded.recv().await.ok_or("the client ended")?;
        let sample = watch.stop(count);
        check(&seen.load(Ordering::Relaxed), &count, "ticks")?;
        Ok(sample)
    }

    pub(crate) async fn send(url: &str, count: u64) -> Result<Sample> {
        let mut subject = RustSocketio::connect(url).await?;
        let watch = Watch::start();
        for _ in 0..count {
            subject.client.emit("sent", json!(TEXT)).await?;
        }
        let counted = subject.count().await?;
        let sample = watch.stop(count);
        counted.check_events(count)?;
        Ok(sample)
    }

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

fn builder(url: &str) -> ClientBuilder {
    ClientBuilder::new(url).transport_type(TransportType::Websocket)
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

impl Subject for RustSocketio {
    type Idle = Self;

    async fn connect(url: &str) -> Result<Self> {
        let client = joined(builder(url)).await?;
        Ok(RustSocketio { client })
    }

    async fn echo(&mut self, number: u64) -> Result<u64> {
        let answer = self.ask("echo", json!(number).into()).await?;
        Ok(answer.as_u64().ok_or("not a number")?)
    }

    async fn count(&mut self) -> Result<Counted> {
        let answer = self.ask("count", Payload::Text(Vec::new())).await?;
        Ok(serde_json::from_value(answer)?)
    }

    fn idle(self) -> Self {
        self
    }
}
