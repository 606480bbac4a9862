//! A client of tidewire.

use tidewire::{Builder, Client, PerMessageDeflate, Socket};

use super::super::{Connects, Counted, Job};
use crate::result::Result;
use crate::rows::How;
use crate::sample::{Sample, Watch};

pub(crate) struct Tidewire {
    pub(super) socket: Socket,
}

impl Tidewire {
    pub(super) async fn of(job: &Job) -> Result<Self> {
        Tidewire::with(builder(job)).await
    }

    pub(super) async fn with(builder: Builder) -> Result<Self> {
        let socket = builder.connect().await?;
        Ok(Tidewire { socket })
    }
}

/// A client that compresses if it is to.
pub(super) fn builder(job: &Job) -> Builder {
    let builder = Client::builder(job.target.url());
    let takes_over = match job.how {
        How::Deflate => true,
        How::DeflateAlone => false,
        _ => return builder,
    };
    let deflate = PerMessageDeflate::new();
    // Without the query, the server does not compress.
    builder.query("deflate", "1").per_message_deflate(
        deflate
            .client_context_takeover(takes_over)
            .server_context_takeover(takes_over),
    )
}

/// A watch that counts the bytes on the wire, too, where the measurement is about them.
pub(super) struct WireWatch {
    watch: Watch,
    bytes: u64,
}

impl WireWatch {
    pub(super) fn start(socket: &Socket) -> Self {
        WireWatch {
            bytes: wire_bytes(socket),
            watch: Watch::start(),
        }
    }

    pub(super) fn stop(&self, socket: &Socket, job: &Job) -> Sample {
        let sample = self.watch.stop(job.count);
        let bytes = (wire_bytes(socket) - self.bytes) as f64;
        Sample {
            wire_bytes: job.measurement.has_words().then_some(bytes),
            ..sample
        }
    }
}

fn wire_bytes(socket: &Socket) -> u64 {
    let metrics = socket.client().metrics();
    metrics.bytes_received + metrics.bytes_sent
}

impl Connects for Tidewire {
    type Idle = Self;

    async fn connect(job: &Job) -> Result<Self> {
        Tidewire::of(job).await
    }

    async fn count(&mut self) -> Result<Counted> {
        let (counted,) = self.socket.emit_with_ack("count", ()).await?;
        Ok(counted)
    }

    fn idle(self) -> Self {
        self
    }
}
