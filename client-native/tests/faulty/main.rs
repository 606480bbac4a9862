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

use support::run;
use support::server::{Kind, Server, TransportMode};

const MODES: [TransportMode; 3] = [
    TransportMode::WebSocket,
    TransportMode::Polling,
    TransportMode::Upgrade,
];

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
    let scripts = script::all();
    assert!(scripts.len() > 10, "the folder has scripts");
    let mut cases = tokio::task::JoinSet::new();
    for script in scripts.into_iter().map(Arc::new) {
        for mode in MODES {
            cases.spawn(case::run(server.port, Arc::clone(&script), mode));
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}
