//! The peers of a namespace: who is in the room, and their messages, for servers of egg-socket.io's peer-to-peer example.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidewire::peers::{PeerEvent, PeerMessage, PeerSender, Peers};
use tidewire::{Event, Socket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::state::State;
use crate::engine::shared::Person;
use crate::engine::wording::error_text;
use crate::stats::{Counter, Stage};

/// Messages that were not read. Beyond them the oldest one goes.
const MOST_UNREAD: usize = 1_000;

/// The room and the messages, as far as the user has not read them.
#[derive(Debug, Default)]
pub(super) struct Room {
    content: Mutex<Content>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Content {
    /// The others.
    members: BTreeSet<String>,
    unread: VecDeque<(Instant, PeerMessage)>,
    /// Why no event follows.
    ended: Option<String>,
}

impl Room {
    /// Looks at the room; the error is the reason why it does not change any more.
    pub(super) fn members(&self) -> Result<Vec<String>, String> {
        let content = self.lock();
        match &content.ended {
            None => Ok(content.members.iter().cloned().collect()),
            Some(reason) => Err(reason.clone()),
        }
    }

    /// Takes the first message that `wanted` accepts, and forgets older ones.
    pub(super) fn take(
        &self,
        mut wanted: impl FnMut(&PeerMessage) -> bool,
    ) -> Result<Option<(Instant, PeerMessage)>, String> {
        let mut content = self.lock();
        match content.unread.iter().position(|(_, it)| wanted(it)) {
            Some(place) => Ok(content.unread.drain(..=place).next_back()),
            None => content.ended.clone().map_or(Ok(None), Err),
        }
    }

    /// Waits for a change. One task waits at a time.
    pub(super) async fn changed(&self) {
        self.news.notified().await;
    }

    fn change(&self, change: impl FnOnce(&mut Content)) {
        change(&mut self.lock());
        self.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The peers of a namespace. Dropping it ends the task that follows them.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) sender: PeerSender,
    pub(super) room: Arc<Room>,
    task: JoinHandle<()>,
}

impl Company {
    pub(super) fn follow(person: &Arc<Person>, socket: &Socket, state: &Arc<State>) -> Company {
        let room = Arc::<Room>::default();
        let peers = Peers::new(socket);
        let sender = peers.sender().clone();
        let following = follow(person.clone(), peers, state.clone(), room.clone());
        Company {
            sender,
            room,
            task: tokio::spawn(following),
        }
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Follows the peers until the handles of the namespace are dropped.
async fn follow(person: Arc<Person>, mut peers: Peers, state: Arc<State>, room: Arc<Room>) {
    let recorder = &person.shared.recorder;
    while let Some(event) = peers.next().await {
        match event {
            PeerEvent::Joined(id) => room.change(|content| {
                content.members.insert(id);
            }),
            PeerEvent::Left(id) => room.change(|content| {
                content.members.remove(&id);
            }),
            PeerEvent::Message(message) => {
                let at = Instant::now();
                room.change(|content| {
                    if content.unread.len() >= MOST_UNREAD {
                        content.unread.pop_front();
                        recorder.count(Counter::Unread, 1);
                    }
                    content.unread.push_back((at, message));
                });
            }
            PeerEvent::Denied(_) => {
                recorder.error(Stage::Client, "the server denies the client");
                // The client leaves, as it should: that is not a loss.
                state.is_leaving.store(true, Ordering::Relaxed);
            }
            PeerEvent::Error(error) => recorder.error(Stage::Client, &error_text(&error)),
            PeerEvent::Connected(_) => room.change(|content| content.ended = None),
            PeerEvent::Other(Event::Disconnected { .. }) => {
                room.change(|content| content.members.clear());
            }
            PeerEvent::Other(Event::Ended(why)) => {
                room.change(|content| content.ended = Some(error_text(&why)));
            }
            PeerEvent::Other(_) | PeerEvent::Registered(_) => {}
            _ => {}
        }
    }
}
