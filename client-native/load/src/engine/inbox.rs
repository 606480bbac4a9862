//! Received events that a user may wait for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidewire::Message;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Unread events of a namespace. Beyond them the oldest one goes.
const MOST_UNREAD: usize = 1_000;

/// A received event and the time of its arrival.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When the event arrived.
    pub at: Instant,
    /// The event.
    pub message: Message,
}

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    content: Mutex<Content>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Content {
    unread: VecDeque<Arrival>,
    /// Why no event follows.
    ended: Option<String>,
}

/// The outcome of a search.
pub(crate) enum Found {
    Event(Arrival),
    NotYet,
    /// No event follows, for this reason.
    Ended(String),
}

impl Inbox {
    /// Adds an event. Returns whether an older one was lost for it.
    pub(crate) fn push(&self, arrival: Arrival) -> bool {
        let is_full = {
            let unread = &mut self.lock().unread;
            let is_full = unread.len() >= MOST_UNREAD;
            if is_full {
                unread.pop_front();
            }
            unread.push_back(arrival);
            is_full
        };
        self.news.notify_one();
        is_full
    }

    /// Ends all waits, unless events go on.
    pub(crate) fn end(&self, reason: Option<String>) {
        self.lock().ended = reason;
        self.news.notify_one();
    }

    /// Takes the first event that `wanted` accepts, and forgets older ones of the same name.
    pub(crate) fn take(&self, name: &str, wanted: &mut impl FnMut(&Message) -> bool) -> Found {
        let mut content = self.lock();
        let is_wanted = |arrival: &Arrival, wanted: &mut dyn FnMut(&Message) -> bool| {
            arrival.message.name() == name && wanted(&arrival.message)
        };
        let place = content.unread.iter().position(|it| is_wanted(it, wanted));
        if let Some(arrival) = place.and_then(|place| content.unread.remove(place)) {
            let at = arrival.at;
            content
                .unread
                .retain(|it| it.at > at || it.message.name() != name);
            return Found::Event(arrival);
        }
        match &content.ended {
            Some(reason) => Found::Ended(reason.clone()),
            None => Found::NotYet,
        }
    }

    /// Waits for a change. One task waits at a time.
    pub(crate) async fn changed(&self) {
        self.news.notified().await;
    }

    /// Forgets all unread events.
    pub(crate) fn clear(&self) {
        self.lock().unread.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(inbox: &Inbox, name: &str, number: u32) -> bool {
        inbox.push(Arrival {
            at: Instant::now(),
            message: Message::new(name, number).unwrap(),
        })
    }

    fn take(inbox: &Inbox, name: &str, wanted: u32) -> Option<u32> {
        let mut is_wanted = |message: &Message| message.args::<u32>().is_ok_and(|it| it >= wanted);
        match inbox.take(name, &mut is_wanted) {
            Found::Event(arrival) => arrival.message.args().ok(),
            Found::NotYet | Found::Ended(_) => None,
        }
    }

    #[test]
    fn a_wait_takes_the_first_match_and_forgets_older_ones_of_its_name() {
        let inbox = Inbox::default();
        for (name, number) in [("a", 1), ("b", 1), ("a", 2), ("a", 3)] {
            push(&inbox, name, number);
        }
        assert_eq!(take(&inbox, "a", 2), Some(2));
        assert_eq!(take(&inbox, "a", 0), Some(3));
        assert_eq!(take(&inbox, "a", 0), None);
        assert_eq!(take(&inbox, "b", 0), Some(1));
    }

    #[test]
    fn a_full_inbox_loses_the_oldest_event_and_says_so() {
        let inbox = Inbox::default();
        let lost = (0..1_500).filter(|n| push(&inbox, "a", *n)).count();
        assert_eq!(lost, 500);
        assert_eq!(take(&inbox, "a", 0), Some(500));
    }

    #[test]
    fn unread_events_come_before_the_end() {
        let inbox = Inbox::default();
        push(&inbox, "a", 1);
        inbox.end(Some("kicked".into()));
        assert_eq!(take(&inbox, "a", 0), Some(1));
        let end = inbox.take("a", &mut |_| true);
        assert!(matches!(end, Found::Ended(reason) if reason == "kicked"));
    }
}
