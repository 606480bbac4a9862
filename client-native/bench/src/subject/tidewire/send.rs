//! Events sent by tidewire: from one task, and from several.

use tidewire::{Bytes, EmitError, Socket};
use tokio::task::JoinSet;

use super::super::{Connects as _, Job};
use super::client::{Tidewire, WireWatch};
use crate::result::Result;
use crate::rows::How;
use crate::sample::Sample;
use crate::server::{TEXT, blob, texts_of_words};

/// How many tasks emit, where it is more than one.
const TASKS: u64 = 8;

pub(super) async fn texts(tidewire: &mut Tidewire, job: &Job) -> Result<Sample> {
    let words = texts_of_words(job.size);
    let watch = WireWatch::start(&tidewire.socket);
    match job.how {
        How::Tasks | How::TasksOfThreads => by_tasks(&tidewire.socket, job.count).await?,
        _ if job.measurement.has_words() => {
            for (text, _) in words.iter().cycle().zip(0..job.count) {
                tidewire.socket.emit("sent", text).await?;
            }
        }
        _ => emit(&tidewire.socket, job.count).await?,
    }
    stop(&watch, tidewire, job).await
}

async fn emit(socket: &Socket, count: u64) -> Result<(), EmitError> {
    for _ in 0..count {
        socket.emit("sent", TEXT).await?;
    }
    Ok(())
}

/// Every task emits its share, and the first of them what cannot be shared.
async fn by_tasks(socket: &Socket, count: u64) -> Result<()> {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let socket = socket.clone();
        let share = count / TASKS + if task == 0 { count % TASKS } else { 0 };
        tasks.spawn(async move { emit(&socket, share).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

pub(super) async fn blobs(tidewire: &mut Tidewire, job: &Job) -> Result<Sample> {
    let blob = Bytes::from(blob(0, job.size));
    let watch = WireWatch::start(&tidewire.socket);
    for _ in 0..job.count {
        tidewire.socket.emit("blob", &blob).await?;
    }
    stop(&watch, tidewire, job).await
}

async fn stop(watch: &WireWatch, tidewire: &mut Tidewire, job: &Job) -> Result<Sample> {
    let counted = tidewire.count().await?;
    let sample = watch.stop(&tidewire.socket, job);
    counted.check_sent(job)?;
    Ok(sample)
}
