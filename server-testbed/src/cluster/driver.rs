//! Carries the requests of the rooms' adapters between nodes; without a Redis there are no others.

use std::convert::Infallible;

use socketioxide_redis::drivers::{ChanItem, Driver as Drives, MessageStream};

use super::link::Link;

/// A driver that cannot fail: if Redis is away, the adapter goes on with its own sockets.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    link: Option<Link>,
}

impl Driver {
    pub(super) fn new(link: Option<Link>) -> Self {
        Self { link }
    }
}

impl Drives for Driver {
    type Error = Infallible;

    async fn publish(&self, channel: String, value: Vec<u8>) -> Result<(), Infallible> {
        if let Some(link) = &self.link {
            let mut command = redis::cmd("PUBLISH");
            // The link has counted and logged a failure.
            let _ = link.ask::<()>(command.arg(channel).arg(value)).await;
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        channel: String,
        size: usize,
    ) -> Result<MessageStream<ChanItem>, Infallible> {
        Ok(match &self.link {
            Some(link) => link.listen(channel, size).await,
            None => MessageStream::new_empty(),
        })
    }

    async fn unsubscribe(&self, channel: String) -> Result<(), Infallible> {
        if let Some(link) = &self.link {
            link.stop_listening(channel).await;
        }
        Ok(())
    }

    async fn num_serv(&self, channel: &str) -> Result<u16, Infallible> {
        let Some(link) = &self.link else { return Ok(1) };
        let mut command = redis::cmd("PUBSUB");
        let answer = link
            .ask::<(String, u16)>(command.arg("NUMSUB").arg(channel))
            .await;
        Ok(answer.map_or(1, |(_, count)| count))
    }
}
