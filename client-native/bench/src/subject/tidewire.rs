//! tidewire, used as its documentation says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidewire::{Client, Socket};
use tokio::sync::oneshot;

use super::{Counted, Subject, check, check_tick};
use crate::result::Result;
use crate::rows::How;
use crate::sample::{Sample, Watch};
use crate::server::TEXT;

pub(crate) struct Tidewire {
    socket: Socket,
}

impl Tidewire {
    pub(crate) async fn receive(url: &str, count: u64, how: How) -> Result<Sample> {
        let Tidewire { socket } = Tidewire::connect(url).await?;
        match how {
            How::Handler => receive_by_handler(&socket, count).await,
            _ => receive_by_stream(&socket, count, how).await,
        }
    }

    pub(crate) async fn send(url: &str, count: u64) -> Result<Sample> {
        let mut tidewire = Tidewire::connect(url).await?;
        let watch = Watch::start();
        for _ in 0..count {
            tidewire.socket.emit("sent", TEXT).await?;
        }
        let counted = tidewire.count().await?;
        let sample = watch.stop(count);
        counted.check_events(count)?;
        Ok(sample)
    }
}

async fn receive_by_stream(socket: &Socket, count: u64, how: How) -> Result<Sample> {
    let mut events = socket.events();
    let watch = Watch::start();
    socket.emit("flood", count).await?;
    for expected in 0..count {
        let message = events.message().await.ok_or("the stream ended")?;
        if how == How::Unread {
            check(&*message.name(), "tick", "a tick")?;
        } else {
            let (number, text) = message.args::<(u32, String)>()?;
            check_tick(number.into(), &text, expected)?;
        }
    }
    let last = events.message().await.ok_or("the stream ended")?;
    check(
        &(&*last.name(), last.args()?),
        &("flooded", count),
        "the end",
    )?;
    Ok(watch.stop(count))
}

async fn receive_by_handler(socket: &Socket, count: u64) -> Result<Sample> {
    let seen = Arc::new(AtomicU64::new(0));
    let (done, flooded) = oneshot::channel();
    socket.on("tick", {
        let seen = seen.clone();
        move |(number, text): (u32, String), _| {
            let seen = seen.clone();
            async move {
                let expected = seen.load(Ordering::Relaxed);
                // What is out of turn is not counted, and missed at the end.
                if check_tick(number.into(), &text, expected).is_ok() {
                    seen.store(expected + 1, Ordering::Relaxed);
                }
            }
        }
    });
    let done = std::sync::Mutex::new(Some(done));
    socket.on("flooded", move |count: u64, _| {
        let done = done.lock().ok().and_then(|mut done| done.take());
        async move {
            if let Some(done) = done {
                let _ = done.send(count);
            }
        }
    });
    let watch = Watch::start();
    socket.emit("flood", count).await?;
    let said = flooded.await?;
    let sample = watch.stop(count);
    check(
        &(said, seen.load(Ordering::Relaxed)),
        &(count, count),
        "ticks said, heard",
    )?;
    Ok(sample)
}

impl Subject for Tidewire {
    type Idle = Self;

    async fn connect(url: &str) -> Result<Self> {
        let socket = Client::builder(url).connect().await?;
        Ok(Tidewire { socket })
    }

    async fn echo(&mut self, number: u64) -> Result<u64> {
        Ok(self.socket.emit_with_ack("echo", number).await?)
    }

    async fn count(&mut self) -> Result<Counted> {
        let (counted,) = self.socket.emit_with_ack("count", ()).await?;
        Ok(counted)
    }

    fn idle(self) -> Self {
        self
    }
}

/// tidewire with a handler, which has a task.
pub(crate) struct WithHandler(Tidewire);

impl Subject for WithHandler {
    type Idle = Self;

    async fn connect(url: &str) -> Result<Self> {
        let builder = Client::builder(url).on("tick", |_: (u32, String), _| async {});
        let socket = builder.connect().await?;
        Ok(WithHandler(Tidewire { socket }))
    }

    async fn echo(&mut self, number: u64) -> Result<u64> {
        self.0.echo(number).await
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.count().await
    }

    fn idle(self) -> Self {
        self
    }
}
