//! Tells the other nodes that this one lives, removes the members of nodes that do not say so, and makes up for what Redis missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::link::{Link, State, Unanswered};
use super::names::PREFIX;
use super::registry::{Departed, Registry, erase, group_key, members_key, read_entry, read_field};
use crate::metrics::{Metric, Metrics};

/// The time between two signs of life.
const RENEWAL: Duration = Duration::from_secs(1);
/// Without a sign of life for this time, a node is gone: milliseconds.
const LEASE_MS: u64 = 5_000;
/// The time after which all nodes have found Redis again and written their members, and a busy Redis is less busy.
const SETTLING: Duration = Duration::from_secs(3);

/// Renews the lease of this node, sweeps after others, and makes up for what Redis missed.
pub(super) async fn keep(
    registry: Arc<Registry>,
    link: Link,
    metrics: Arc<Metrics>,
    departures: mpsc::UnboundedSender<Departed>,
    losses: mpsc::Sender<()>,
) {
    let mut states = link.states();
    let mut is_first = true;
    loop {
        let is_up = matches!(*states.borrow_and_update(), State::Up(_));
        let mut announcement = None;
        if is_up {
            restore(&registry, &link).await;
            if !std::mem::take(&mut is_first) {
                announcement = Some(Instant::now() + SETTLING);
            }
        }
        tokio::select! {
            changed = states.changed() => if changed.is_err() { return },
            () = live(&registry, &link, &metrics, &departures, &losses, announcement), if is_up => return,
        }
    }
}

/// Removes this node and its members.
pub(super) async fn give_up(registry: &Registry, link: &Link) {
    let node = registry.node();
    let _ = sweep(node, link).await;
    let _ = link.ask::<()>(redis::cmd("DEL").arg(lease_key(node))).await;
}

/// Makes Redis know the members of this node: all, and no others.
async fn restore(registry: &Registry, link: &Link) {
    link.take_missed();
    let _ = renew(registry, link).await;
    // A failure is one more command that was missed.
    let _ = erase_leftovers(registry, link).await;
    write_members(registry, link).await;
    link.note_restored();
}

/// Removes members that have left while Redis did not carry out commands.
async fn erase_leftovers(registry: &Registry, link: &Link) -> Result<(), Unanswered> {
    let node = registry.node();
    let entries: Vec<String> = link
        .ask(redis::cmd("SMEMBERS").arg(members_key(node)))
        .await?;
    for (group, member) in entries.iter().filter_map(|entry| read_entry(entry)) {
        if registry.get_own(&group, &member).is_none() {
            link.ask_all::<(bool,)>(&erase(node, &group, &member))
                .await?;
        }
    }
    Ok(())
}

async fn write_members(registry: &Registry, link: &Link) {
    let members = registry.write_all();
    if members.cmd_iter().next().is_some() {
        let _ = link.ask_all::<()>(&members).await;
    }
}

/// Renews and sweeps while Redis is up. At `announcement`, all nodes tell their clients all members. Returns when the receivers have gone.
async fn live(
    registry: &Registry,
    link: &Link,
    metrics: &Metrics,
    departures: &mpsc::UnboundedSender<Departed>,
    losses: &mpsc::Sender<()>,
    mut announcement: Option<Instant>,
) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        // If this node was not known, others took it for dead, and removed its members.
        let Ok(was_unknown) = renew(registry, link).await else {
            continue;
        };
        if link.take_missed() || was_unknown {
            restore(registry, link).await;
            announcement.get_or_insert(Instant::now() + SETTLING);
        }
        if announcement.is_some_and(|time| time <= Instant::now()) {
            announcement = None;
            if losses.send(()).await.is_err() {
                return;
            }
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
