//! Events received by tidewire: as a stream, and by handlers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tidewire::{Bytes, Message, Socket};
use tokio::sync::oneshot;

use super::super::{Job, check, check_blob, check_tick};
use super::client::WireWatch;
use crate::result::Result;
use crate::rows::How;
use crate::sample::{Sample, Watch};
use crate::server::{text, texts_of_words};

pub(super) async fn texts(socket: &Socket, job: &Job) -> Result<Sample> {
    match job.how {
        How::Handler => {
            let ticks = Arc::new((Received::default(), text(job.size)));
            let shared = ticks.clone();
            socket.on("tick", move |(number, text): (u32, String), _| {
                let shared = shared.clone();
                async move {
                    let (received, wanted) = &*shared;
                    received.count_if(|expected| {
                        check_tick((number.into(), &text), (expected, wanted)).is_ok()
                    });
                }
            });
            by_handler(socket, job, "flood", &ticks.0).await
        }
        How::Unread => {
            by_stream(socket, job, "flood", |message, _| {
                check(&*message.name(), "tick", "a tick")
            })
            .await
        }
        _ if job.measurement.has_words() => {
            by_stream_of(socket, job, "flood-words", &texts_of_words(job.size)).await
        }
        _ => by_stream_of(socket, job, "flood", &[text(job.size)]).await,
    }
}

async fn by_stream_of(socket: &Socket, job: &Job, flood: &str, texts: &[String]) -> Result<Sample> {
    by_stream(socket, job, flood, |message, expected| {
        let (number, text) = message.args::<(u32, String)>()?;
        let wanted = &texts[usize::try_from(expected)? % texts.len()];
        check_tick((number.into(), &text), (expected, wanted))
    })
    .await
}

pub(super) async fn blobs(socket: &Socket, job: &Job) -> Result<Sample> {
    let size = job.size;
    if job.how == How::Handler {
        let blobs = Arc::new(Received::default());
        let received = blobs.clone();
        socket.on("blob", move |blob: Bytes, _| {
            let received = received.clone();
            async move {
                received.count_if(|expected| check_blob(&blob, expected, size).is_ok());
            }
        });
        return by_handler(socket, job, "flood-blobs", &blobs).await;
    }
    by_stream(socket, job, "flood-blobs", |message, expected| {
        check_blob(&message.args::<Bytes>()?, expected, size)
    })
    .await
}

async fn by_stream(
    socket: &Socket,
    job: &Job,
    flood: &str,
    check_next: impl Fn(&Message, u64) -> Result<()>,
) -> Result<Sample> {
    let mut events = socket.events();
    let watch = WireWatch::start(socket);
    socket.emit(flood, (job.count, job.size)).await?;
    for expected in 0..job.count {
        let message = events.message().await.ok_or("the stream ended")?;
        check_next(&message, expected)?;
    }
    let last = events.message().await.ok_or("the stream ended")?;
    let end = (&*last.name(), last.args()?);
    check(&end, &("flooded", job.count), "the end")?;
    Ok(watch.stop(socket, job))
}

/// Events that came in their turn.
#[derive(Default)]
struct Received(AtomicU64);

impl Received {
    /// Counts an event. What is out of turn is not counted, and missed at the end.
    fn count_if(&self, is_next: impl FnOnce(u64) -> bool) {
        let expected = self.0.load(Ordering::Relaxed);
        if is_next(expected) {
            self.0.store(expected + 1, Ordering::Relaxed);
        }
    }
}

async fn by_handler(
    socket: &Socket,
    job: &Job,
    flood: &str,
    received: &Received,
) -> Result<Sample> {
    let (done, flooded) = oneshot::channel();
    let done = Mutex::new(Some(done));
    socket.on("flooded", move |count: u64, _| {
        let done = done.lock().ok().and_then(|mut done| done.take());
        async move {
            if let Some(done) = done {
                let _ = done.send(count);
            }
        }
    });
    let watch = Watch::start();
    socket.emit(flood, (job.count, job.size)).await?;
    let said = flooded.await?;
    let sample = watch.stop(job.count);
    let heard = received.0.load(Ordering::Relaxed);
    check(
        &(said, heard),
        &(job.count, job.count),
        "events said, heard",
    )?;
    Ok(sample)
}
