//! Several nodes as one server: a Redis that carries their broadcasts and knows their members.
//!
//! Without a Redis there is one node, and everything here is in its memory. With one, a node serves its own
//! clients while Redis is away, and says so in its metrics.

mod driver;
mod lease;
mod link;
mod names;
mod news;
mod registry;

use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::adapter::Emitter;
use socketioxide::extract::SocketRef;
use socketioxide_redis::drivers::{ChanItem, MessageStream};
use socketioxide_redis::{CustomRedisAdapter, RedisAdapterConfig, RedisAdapterCtr};
use tokio::sync::mpsc;

use crate::metrics::Metrics;
use driver::Driver;
pub(crate) use link::BadAddress;
use link::Link;
use names::{CHANNEL_SIZE, ROOMS};
use news::Newsroom;
pub(crate) use news::{Change, News};
pub(crate) use registry::{Departed, Registry};

/// The rooms of one node or of several.
pub(crate) type Adapter = CustomRedisAdapter<Emitter, Driver>;
pub(crate) type Io = SocketIo<Adapter>;
pub(crate) type Socket = SocketRef<Adapter>;

/// The connection of a node to the others.
#[derive(Debug)]
pub(crate) struct Cluster {
    link: Option<Link>,
    registry: Arc<Registry>,
    newsroom: Newsroom,
}

impl Cluster {
    /// Joins the nodes that use the same Redis. Waits for the first attempt to connect to it, and does not
    /// fail if it is away.
    pub(crate) async fn join(
        redis: Option<&str>,
        node: &str,
        metrics: &Arc<Metrics>,
    ) -> Result<(Self, Events), BadAddress> {
        let link = match redis {
            None => None,
            Some(url) => Some(Link::open(url, Arc::clone(metrics))?),
        };
        let registry = Arc::new(Registry::new(node, link.clone()));
        let (departures, departed) = mpsc::unbounded_channel();
        let (losses, lost) = mpsc::channel(1);
        if let Some(link) = &link {
            let registry = Arc::clone(&registry);
            let metrics = Arc::clone(metrics);
            tokio::spawn(lease::keep(
                registry,
                link.clone(),
                metrics,
                departures,
                losses,
            ));
            link.wait_for_first_attempt().await;
        }
        let (newsroom, news) = Newsroom::open(node, link.clone()).await;
        let events = Events {
            departed,
            lost,
            news,
        };
        let cluster = Self {
            link,
            registry,
            newsroom,
        };
        Ok((cluster, events))
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Tells all nodes, this one included. The registry must have changed before.
    pub(crate) async fn tell(&self, news: News) {
        self.newsroom.tell(news).await;
    }

    /// Makes the state from which socketioxide makes the adapter of each namespace.
    pub(crate) fn adapter(&self) -> RedisAdapterCtr<Driver> {
        let config = RedisAdapterConfig::new()
            .with_prefix(ROOMS)
            .with_stream_buffer(CHANNEL_SIZE);
        RedisAdapterCtr::new_with_driver(Driver::new(self.link.clone()), config)
    }

    /// Returns all messages that any program publishes in Redis, without those of the testbed.
    pub(crate) async fn published(&self) -> Option<MessageStream<ChanItem>> {
        Some(self.link.as_ref()?.listen_to_all(CHANNEL_SIZE).await)
    }

    /// Takes this node out of the cluster, with all its members.
    pub(crate) async fn leave(&self) {
        if let Some(link) = &self.link {
            lease::give_up(&self.registry, link).await;
        }
    }
}

/// News of the cluster that namespaces tell to their clients.
#[derive(Debug)]
pub(crate) struct Events {
    /// Members of nodes that ended without a word.
    pub(crate) departed: mpsc::UnboundedReceiver<Departed>,
    /// News of this node may have been lost, and all nodes had the time to write their members.
    pub(crate) lost: mpsc::Receiver<()>,
    /// Groups have changed, here or on another node.
    pub(crate) news: mpsc::Receiver<News>,
}
