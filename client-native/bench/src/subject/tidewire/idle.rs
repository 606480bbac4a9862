//! tidewire's connections of every kind, whose memory is measured.

use tidewire::{Builder, Transport};

use super::super::{Connects, Counted, Job, check};
use super::client::{self, Tidewire};
use crate::result::Result;
use crate::rows::{How, Measurement};
use crate::server::texts_of_words;

/// An idle connection, after what its kind needs to have its usual memory.
pub(crate) struct Idle(Tidewire);

impl Connects for Idle {
    type Idle = Self;

    async fn connect(job: &Job) -> Result<Self> {
        let tidewire = Tidewire::with(builder(job)).await?;
        if let How::Deflate | How::DeflateAlone = job.how {
            compress_once(&tidewire).await?;
        }
        Ok(Idle(tidewire))
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.count().await
    }

    fn idle(self) -> Self {
        self
    }
}

fn builder(job: &Job) -> Builder {
    let mut builder = client::builder(job);
    if let Some(certificate) = &job.target.certificate {
        builder = builder.root_certificate_pem(certificate.as_bytes());
    }
    match job.how {
        // A handler has a task.
        How::Handler => builder.on("tick", |_: (u32, String), _| async {}),
        How::Polling | How::PollingTls => builder.transports([Transport::Polling]),
        How::WebTransport => builder.transports([Transport::WebTransport]),
        _ => builder,
    }
}

/// Sends a compressed message each way.
async fn compress_once(tidewire: &Tidewire) -> Result<()> {
    let words = texts_of_words(Measurement::SendWords.size());
    let echoed: String = tidewire.socket.emit_with_ack("echo", &words[0]).await?;
    check(&echoed, &words[0], "an answer")
}
