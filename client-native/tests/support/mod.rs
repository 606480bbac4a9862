//! Servers to test against, each started for one test and stopped with it.

#![allow(dead_code, reason = "every test target uses a part of it")]

pub(crate) mod peer;
pub(crate) mod polled;
pub(crate) mod proxy;
pub(crate) mod scripted;
pub(crate) mod server;

use std::future::Future;
use std::time::Duration;

use tidewire::{Event, Events, Message, SocketError};

/// Ends a test that hangs. No test waits for this to pass.
pub(crate) const GUARD: Duration = Duration::from_secs(60);

/// Runs `test` to its end, unless it hangs.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(guarded(test))
}

/// Waits for what must come.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future)
        .await
        .expect("the test hangs")
}

/// The next message called `name`; others are passed over.
pub(crate) async fn next_named(events: &mut Events, name: &str) -> Message {
    loop {
        let message = guarded(events.message()).await.expect("the stream goes on");
        if message.name() == name {
            return message;
        }
    }
}

/// Takes the error that tells which rule a malformed packet breaks. The disconnection follows it.
pub(crate) async fn expect_malformed(events: &mut Events) {
    let change = next_change(events).await;
    assert!(
        matches!(change, Event::Error(SocketError::Malformed(_))),
        "{change:?}"
    );
}

/// The next event that is neither a message nor about an attempt or an upgrade.
pub(crate) async fn next_change(events: &mut Events) -> Event {
    loop {
        match guarded(events.next()).await.expect("the stream goes on") {
            Event::Message(_)
            | Event::Reconnecting { .. }
            | Event::Upgraded
            | Event::UpgradeFailed => {}
            change => return change,
        }
    }
}
