//! Expectations of a namespace's stream of events.

use std::sync::Arc;

use tidewire::{ConnectError, Event, Events, Message, Reason, SocketError};

use super::guarded;

/// The next event called `name`; skips everything before it.
pub(crate) async fn next_named(events: &mut Events, name: &str) -> Message {
    loop {
        let message = guarded(events.message()).await.expect("the stream goes on");
        if message.name() == name {
            return message;
        }
    }
}

/// The next change of the connection: skips messages, announced attempts, ends and upgrades.
pub(crate) async fn next_change(events: &mut Events) -> Event {
    loop {
        match guarded(events.next()).await.expect("the stream goes on") {
            Event::Message(_)
            | Event::Ended(_)
            | Event::Reconnecting { .. }
            | Event::Upgraded
            | Event::UpgradeFailed => {}
            change => return change,
        }
    }
}

/// The next event is the error that names the rule a malformed packet breaks. The disconnection follows it.
pub(crate) async fn expect_malformed(events: &mut Events) {
    match next_change(events).await {
        Event::Error(SocketError::Malformed(_)) => {}
        other => panic!("expected Malformed, got {other:?}"),
    }
}

/// The next change is `Connected`; returns the socket id.
pub(crate) async fn expect_connected(events: &mut Events) -> Arc<str> {
    match next_change(events).await {
        Event::Connected(id) => id,
        other => panic!("expected Connected, got {other:?}"),
    }
}

/// The next change is `Disconnected`, for any reason; returns the reason.
pub(crate) async fn expect_disconnected(events: &mut Events) -> Reason {
    match next_change(events).await {
        Event::Disconnected { reason, .. } => reason,
        other => panic!("expected Disconnected, got {other:?}"),
    }
}

/// The next change is `ConnectError`; returns the error.
pub(crate) async fn expect_connect_error(events: &mut Events) -> ConnectError {
    match next_change(events).await {
        Event::ConnectError(error) => error,
        other => panic!("expected ConnectError, got {other:?}"),
    }
}

/// The very next event is a message; returns it.
pub(crate) async fn expect_message(events: &mut Events) -> Message {
    match guarded(events.next()).await {
        Some(Event::Message(message)) => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

/// The very next event is `Disconnected` for `reason`.
pub(crate) async fn expect_next_disconnected(events: &mut Events, reason: Reason) {
    match guarded(events.next()).await {
        Some(Event::Disconnected { reason: got, .. }) => assert_eq!(got, reason),
        other => panic!("expected Disconnected, got {other:?}"),
    }
}

/// The very next event is `Connected`, perhaps after the `Ended` of the connection before.
pub(crate) async fn expect_next_connected(events: &mut Events) {
    loop {
        match guarded(events.next()).await {
            Some(Event::Ended(_)) => {}
            Some(Event::Connected(_)) => return,
            other => panic!("expected Connected, got {other:?}"),
        }
    }
}
