//! Every script of `server-testbed/faults` in front of every server, over every transport.
//!
//! The sender connects through the fault proxy, and a listener connects to the server itself: so it is known which events
//! arrived, how often, and in which order. The scripts' README has the laws.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod case;
mod script;

use std::sync::Arc;
use std::time::Duration;

use support::run;
use support::server::{Kind, Pings, Server, TransportMode};

const MODES: [TransportMode; 3] = [
    TransportMode::WebSocket,
    TransportMode::Polling,
    TransportMode::Upgrade,
];

/// Long enough for a machine that is busy.
const SHORT_PINGS: Pings = Pings {
    interval: Duration::from_secs(1),
    timeout: Duration::from_secs(3),
};

#[test]
fn the_laws_hold_in_front_of_the_testbed() {
    run(all_scripts(Kind::Testbed));
}

#[test]
fn the_laws_hold_in_front_of_socketio_2() {
    run(all_scripts(Kind::SocketIo2));
}

#[test]
fn the_laws_hold_in_front_of_socketio_4() {
    run(all_scripts(Kind::SocketIo4));
}

#[test]
fn the_laws_hold_in_front_of_egg() {
    run(all_scripts(Kind::Egg));
}

/// Runs all scripts over all transports at the same time, each behind a proxy of its own.
async fn all_scripts(kind: Kind) {
    let server = Server::start(kind).await;
    let impatient = Server::start_with(kind, Some(SHORT_PINGS)).await;
    let scripts = script::all();
    assert!(scripts.len() > 25, "the folder has scripts");
    let mut cases = tokio::task::JoinSet::new();
    for script in scripts.into_iter().map(Arc::new) {
        let port = match script.has_short_times {
            true => impatient.port,
            false => server.port,
        };
        for mode in MODES {
            cases.spawn(case::run(port, Arc::clone(&script), mode));
        }
    }
    let mut failed = 0;
    while let Some(case) = cases.join_next().await {
        failed += u32::from(case.is_err());
    }
    assert_eq!(failed, 0, "cases failed; their texts stand above");
}
