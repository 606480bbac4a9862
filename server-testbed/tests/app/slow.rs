//! Checks clients that do not read, and that all clients are told when the server shuts down.

use serde_json::json;
use tidewire_testbed::{Config, Testbed, spawn};
use tokio::task::JoinSet;

use crate::raw::{BOTH, EngineVersion, Raw};
use crate::{http, poller};

/// Less than one system's socket buffers hold, so that tests are short.
const LIMIT: usize = 1_000_000;

async fn testbed() -> Testbed {
    let config = Config {
        max_buffer_bytes: LIMIT,
        ..Config::default()
    };
    spawn(config).await.expect("a free port")
}

#[tokio::test]
async fn a_client_that_does_not_read_what_others_send_is_disconnected() {
    const SIZE: usize = 200_000;
    for version in BOTH {
        let testbed = testbed().await;
        let mut slow = Raw::open(&testbed, version, "room=a").await;
        slow.connect("/ptop").await;
        let mut sender = Raw::open(&testbed, version, "room=b").await;
        sender.connect("/ptop").await;
        sender.event("/ptop").await;
        let payload = "x".repeat(SIZE);
        let message = json!(["exchange", { "target": "all", "payload": payload }]);
        while http::metric(&testbed, "slow_clients_total").await == 0 {
            sender.send(&format!("42/ptop,{message}")).await;
            assert_eq!(sender.event("/ptop").await[0], "all");
            let waiting = http::metric(&testbed, "waiting_bytes").await;
            assert!(waiting <= LIMIT as i64, "{waiting}");
        }
        // What waited is forgotten, and the client finds a closed connection.
        slow.end().await;
        while http::metric(&testbed, "connections").await > namespaces_of_sender(version) {
            tokio::task::yield_now().await;
        }
        assert_eq!(http::metric(&testbed, "waiting_bytes").await, 0);
        assert_eq!(http::metric(&testbed, "slow_clients_total").await, 1);
    }
}

/// Namespaces of the sender: in protocol 4 it is in `/`, too.
fn namespaces_of_sender(version: EngineVersion) -> i64 {
    if version == BOTH[0] { 2 } else { 1 }
}

#[tokio::test]
async fn what_a_client_asks_for_itself_waits_until_it_reads() {
    const COUNT: u64 = 2_000;
    let testbed = testbed().await;
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        let text = "x".repeat(10_000);
        client
            .send(&format!(r#"42/lab,["flood",{COUNT},"{text}"]"#))
            .await;
        while http::metric(&testbed, "waiting_bytes").await < LIMIT as i64 / 2 {
            tokio::task::yield_now().await;
        }
        for number in 0..COUNT {
            assert_eq!(client.event("/lab").await, json!(["tick", number, text]));
            if number % 100 == 0 {
                let waiting = http::metric(&testbed, "waiting_bytes").await;
                assert!(waiting <= LIMIT as i64, "{waiting}");
            }
        }
        assert_eq!(client.event("/lab").await, json!(["flooded", COUNT]));
    }
    assert_eq!(http::metric(&testbed, "slow_clients_total").await, 0);
}

#[tokio::test]
async fn shutting_down_waits_until_clients_that_poll_are_told() {
    let testbed = testbed().await;
    let address = testbed.address();
    let mut paths = Vec::new();
    for version in BOTH {
        for _ in 0..10 {
            paths.push(poller::open(&testbed, version).await.path);
        }
    }
    let mut first = Raw::open(&testbed, BOTH[1], "").await;
    first.connect("/lab").await;
    let closing = tokio::spawn(testbed.shut_down());
    assert_eq!(
        first.text().await,
        r#"42/lab,["shutdown","the server shuts down"]"#
    );
    // All at the same time: the server does not wait for long.
    let mut polls: JoinSet<String> = paths
        .into_iter()
        .map(|path| async move { http::get_from(address, &path, "").await.body })
        .collect();
    for (path, status) in [
        ("/socket.io/?EIO=4&transport=polling", 503),
        ("/socket.io/?EIO=4&transport=polling&mysid=a", 503),
        ("/health", 200),
    ] {
        let answer = http::get_from(address, path, "").await;
        assert_eq!(answer.status, status, "{path}");
    }
    while let Some(told) = polls.join_next().await {
        let told = told.expect("an answer");
        // A heartbeat may be before it, and with 2.x the event for `/` behind it.
        let shutdown = r#"42/lab,["shutdown","the server shuts down"]"#;
        assert!(told.contains(shutdown), "{told}");
    }
    first.end().await;
    closing.await.expect("no panic");
}
