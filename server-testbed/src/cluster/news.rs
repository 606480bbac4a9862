//! News of groups that pass between nodes. Each node tells its own clients, with the members that it knows then: a list made by
//! another node could be older than one that the clients have.

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use socketioxide_redis::drivers::{ChanItem, MessageStream};
use tokio::sync::mpsc;

use super::link::Link;
use super::names::{CHANNEL_SIZE, ROOMS};

/// News of one node for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum News {
    /// A member came or went.
    Member {
        group: String,
        member: String,
        change: Change,
    },
    /// Changes of members may have been lost: every node tells its clients the members of their groups.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    Joined,
    Left,
}

/// Sends news to this node and to all others.
#[derive(Debug)]
pub(super) struct Newsroom {
    node: String,
    own: mpsc::Sender<News>,
    link: Option<Link>,
}

impl Newsroom {
    pub(super) async fn open(node: &str, link: Option<Link>) -> (Self, mpsc::Receiver<News>) {
        let (own, news) = mpsc::channel(CHANNEL_SIZE);
        if let Some(link) = &link {
            let messages = link.listen(channel(), CHANNEL_SIZE).await;
            tokio::spawn(receive(node.to_owned(), messages, own.clone()));
        }
        let node = node.to_owned();
        (Self { node, own, link }, news)
    }

    pub(super) async fn tell(&self, news: News) {
        if let Some(link) = &self.link
            && let Ok(text) = serde_json::to_string(&(&self.node, &news))
        {
            let mut command = redis::cmd("PUBLISH");
            // The link has counted and logged a failure; the members are told when Redis answers again.
            let _ = link.ask::<()>(command.arg(channel()).arg(text)).await;
        }
        // An error means that the node stops.
        let _ = self.own.send(news).await;
    }
}

async fn receive(node: String, mut messages: MessageStream<ChanItem>, own: mpsc::Sender<News>) {
    while let Some((_, message)) = messages.next().await {
        match serde_json::from_slice::<(String, News)>(&message) {
            Ok((origin, news)) if origin != node => {
                if own.send(news).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "news that no node has sent"),
        }
    }
}

/// Begins as the channels of the rooms, so that the bridge does not pass news on.
fn channel() -> String {
    format!("{ROOMS}-news")
}
