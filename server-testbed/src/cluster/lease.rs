//! Tells the other nodes that this one lives, and removes the members of nodes that do not say so.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::link::{Link, State, Unanswered};
use super::names::PREFIX;
use super::registry::{Departed, Registry, erase, group_key, members_key, read_entry, read_field};
use crate::metrics::{Metric, Metrics};

/// The time between two signs of life.
const RENEWAL: Duration = Duration::from_secs(1);
/// Without a sign of life for this time, a node is gone: milliseconds.
const LEASE_MS: u64 = 5_000;
/// The time after which all nodes have found Redis again, and written their members.
const SETTLING: Duration = Duration::from_secs(3);

/// Renews the lease of this node, sweeps after others, and writes the members again when Redis comes back.
pub(super) async fn keep(
    registry: Arc<Registry>,
    link: Link,
    metrics: Arc<Metrics>,
    departures: mpsc::UnboundedSender<Departed>,
    restores: mpsc::UnboundedSender<()>,
) {
    let mut states = link.states();
    let mut first = true;
    loop {
        let state = *states.borrow_and_update();
        if let State::Up(_) = state {
            restore(&registry, &link).await;
            if !std::mem::take(&mut first) {
                announce_later(restores.clone());
            }
        }
        tokio::select! {
            changed = states.changed() => if changed.is_err() { return },
            () = renew_and_sweep(&registry, &link, &metrics, &departures), if matches!(state, State::Up(_)) => return,
        }
    }
}

/// Removes this node and its members.
pub(super) async fn give_up(registry: &Registry, link: &Link) {
    let node = registry.node();
    let _ = sweep(node, link).await;
    let _ = link.ask::<()>(redis::cmd("DEL").arg(lease_key(node))).await;
}

fn announce_later(restores: mpsc::UnboundedSender<()>) {
    tokio::spawn(async move {
        tokio::time::sleep(SETTLING).await;
        // An error means that the node stops.
        let _ = restores.send(());
    });
}

async fn restore(registry: &Registry, link: &Link) {
    let _ = renew(registry, link).await;
    write_members(registry, link).await;
}

async fn write_members(registry: &Registry, link: &Link) {
    let members = registry.write_all();
    if members.cmd_iter().next().is_some() {
        let _ = link.ask_all::<()>(&members).await;
    }
}

/// Returns when the receiver of departures has gone.
async fn renew_and_sweep(
    registry: &Registry,
    link: &Link,
    metrics: &Metrics,
    departures: &mpsc::UnboundedSender<Departed>,
) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match renew(registry, link).await {
            Ok(false) => {}
            // Others took this node for dead, and removed its members.
            Ok(true) => write_members(registry, link).await,
            Err(Unanswered) => continue,
        }
        for node in gone(link).await.unwrap_or_default() {
            for departed in sweep(&node, link).await.unwrap_or_default() {
                metrics.count(Metric::MembersSweptTotal);
                if departures.send(departed).is_err() {
                    return;
                }
            }
        }
    }
}

/// Returns whether the node was not known.
async fn renew(registry: &Registry, link: &Link) -> Result<bool, Unanswered> {
    let node = registry.node();
    let mut commands = redis::pipe();
    commands
        .pset_ex(lease_key(node), 1, LEASE_MS)
        .ignore()
        .sadd(nodes_key(), node);
    let (added,): (bool,) = link.ask_all(&commands).await?;
    Ok(added)
}

/// Returns the nodes that are gone.
async fn gone(link: &Link) -> Result<Vec<String>, Unanswered> {
    let mut gone = Vec::new();
    let nodes: Vec<String> = link.ask(redis::cmd("SMEMBERS").arg(nodes_key())).await?;
    for node in nodes {
        let lives: bool = link.ask(redis::cmd("EXISTS").arg(lease_key(&node))).await?;
        if !lives {
            tracing::warn!(node, "a node ended without a word");
            gone.push(node);
        }
    }
    Ok(gone)
}

/// Removes all members of a node, then the node. Returns the members that no other node has removed at the same time.
async fn sweep(node: &str, link: &Link) -> Result<Vec<Departed>, Unanswered> {
    let mut departed = Vec::new();
    let entries: Vec<String> = link
        .ask(redis::cmd("SMEMBERS").arg(members_key(node)))
        .await?;
    for (group, member) in entries.iter().filter_map(|entry| read_entry(entry)) {
        let mut command = redis::cmd("HGET");
        command.arg(group_key(&group)).arg(&member);
        let field: Option<String> = link.ask(&command).await?;
        let Some((owner, value)) = field.as_deref().and_then(read_field) else {
            continue;
        };
        if owner != node {
            continue;
        }
        let (erased,): (bool,) = link.ask_all(&erase(node, &group, &member)).await?;
        if erased {
            departed.push(Departed {
                group,
                member,
                value,
            });
        }
    }
    let mut commands = redis::pipe();
    commands.srem(nodes_key(), node).del(members_key(node));
    link.ask_all::<()>(commands.ignore()).await?;
    Ok(departed)
}

fn nodes_key() -> String {
    format!("{PREFIX}:nodes")
}

fn lease_key(node: &str) -> String {
    format!("{PREFIX}:lease:{node}")
}
