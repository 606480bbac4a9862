//! Load as code.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;
use std::time::Duration;

use tidewire_load::{Counter, Failure, Kind, Limits, Load, Phase, Report, User};

#[path = "../support/mod.rs"]
mod support;

use support::guarded;

async fn lab() -> (tidewire_testbed::Testbed, String) {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let url = format!("{}/lab", testbed.url());
    (testbed, url)
}

async fn run(load: Load) -> Report {
    Report::new(&guarded(load.run()).await.expect("the run begins"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_is_counted_and_measured() {
    let (_testbed, url) = lab().await;
    let load = Load::new(&url)
        .unwrap()
        .phase(Phase::count(30, Duration::from_millis(300)))
        .user("echo", 1, |user: User| async move {
            let lab = user.connect("/lab").await?;
            for number in 0..10_u64 {
                let back: u64 = lab.ack("echo", number).await?;
                assert_eq!(back, number);
            }
            lab.emit("flood", (3, "x")).await?;
            let message = lab.wait("flooded").await?;
            assert_eq!(message.args::<u32>()?, 3);
            Ok(())
        });
    let report = run(load).await;
    let count = |counter| report.counter(counter);
    assert_eq!(count(Counter::UsersCompleted), 30);
    assert_eq!(count(Counter::Acked), 300);
    assert_eq!(count(Counter::Emitted), 330);
    assert_eq!(count(Counter::Received), 4 * 30);
    assert_eq!(count(Counter::Errors), 0);
    // 10 digits as arguments, and `[3,"x"]`.
    assert_eq!(count(Counter::BytesOut), 30 * (10 + 7));
    let measured = |kind| report.kind(kind).map_or(0, |it| it.response.count());
    assert_eq!(measured(Kind::Ack), 300);
    assert_eq!(measured(Kind::Wait), 30);
    assert_eq!(measured(Kind::Connect), 30);
    let rows: u64 = report
        .rows
        .iter()
        .map(|row| row.counter(Counter::Acked))
        .sum();
    assert_eq!(rows, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn tagged_events_are_matched_at_every_receiver() {
    let (_testbed, url) = lab().await;
    let ready = Arc::new(tokio::sync::Barrier::new(10));
    let load = Load::new(&url)
        .unwrap()
        .phase(Phase::count(10, Duration::from_millis(100)))
        .user("member", 1, move |user: User| {
            let ready = ready.clone();
            async move {
                let lab = user.connect("/lab").await?;
                let _: String = lab.ack("join", "room").await?;
                ready.wait().await;
                // Ten members get each event; an eleventh does not exist.
                for receivers in [10, 11] {
                    let tag = user.tag("say", receivers, Duration::from_millis(500));
                    lab.emit("say", ("room", tag)).await?;
                }
                for _ in 0..20 {
                    lab.wait("said").await?;
                }
                user.think(Duration::from_secs(2)).await
            }
        });
    let report = run(load).await;
    let count = |counter| report.counter(counter);
    assert_eq!(count(Counter::DeliveriesExpected), 210);
    assert_eq!(count(Counter::Delivered), 200);
    assert_eq!(count(Counter::DeliveriesLost), 10);
    let delivery = report
        .kind(Kind::Delivery)
        .expect("deliveries are measured");
    assert_eq!(delivery.response.count(), 200);
    let complete = report.kind(Kind::FanOut).expect("ten events reached all");
    assert_eq!(complete.response.count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_phase_holds_its_users_and_an_open_one_brings_them() {
    let (_testbed, url) = lab().await;
    let load = Load::new(&url)
        .unwrap()
        .phase(Phase::users(5, Duration::from_millis(600)).within(Duration::ZERO))
        .phase(Phase::count(7, Duration::from_millis(100)))
        .user("short", 1, |user: User| async move {
            let lab = user.connect("/lab").await?;
            let _: u8 = lab.ack("echo", 1).await?;
            user.think(Duration::from_millis(50)).await
        });
    let report = run(load).await;
    let count = |counter| report.counter(counter);
    // Five places with several users each, then seven arrivals.
    assert!(count(Counter::UsersStarted) > 12);
    let ended = count(Counter::UsersCompleted) + count(Counter::UsersStopped);
    assert_eq!(ended, count(Counter::UsersStarted));
    let most = report.rows.iter().map(|row| row.users).max().unwrap();
    assert!(most <= 12, "{most}");
    assert_eq!(report.counter(Counter::Errors), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_panics_and_losses_are_counted_by_reason() {
    let (_testbed, url) = lab().await;
    let load = Load::new(&url)
        .unwrap()
        .phase(Phase::count(8, Duration::from_millis(100)))
        .user("all", 1, |user: User| async move {
            let lab = user.connect("/lab").await?;
            match user.number() % 4 {
                0 => Err(Failure::new("my own reason")),
                1 => panic!("a bug of the user function"),
                2 => {
                    let _: u8 = lab.ack("echo", "not a number").await?;
                    Ok(())
                }
                _ => {
                    lab.emit("kick", ()).await?;
                    let outcome = lab.wait("never").await;
                    assert!(outcome.is_err());
                    Ok(())
                }
            }
        });
    let report = run(load).await;
    assert_eq!(report.counter(Counter::UsersFailed), 6);
    assert_eq!(report.counter(Counter::UsersCompleted), 2);
    assert_eq!(report.counter(Counter::Disconnects), 2);
    let count = |part: &str| {
        let reasons = report.reasons.iter().filter(|it| it.text.contains(part));
        reasons.map(|it| it.count).sum::<u64>()
    };
    assert_eq!(count("my own reason"), 2);
    assert_eq!(count("panicked"), 2);
    assert_eq!(count("io server disconnect"), 2);
    assert_eq!(count("no event `never`: the server disconnected"), 2);
    assert_eq!(count("the ack for `echo`"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_action_has_a_response_time_from_its_tick() {
    let (_testbed, url) = lab().await;
    let stall = Duration::from_millis(300);
    let load = Load::new(&url)
        .unwrap()
        .phase(Phase::count(1, Duration::from_millis(10)))
        .user("paced", 1, move |user: User| async move {
            let lab = user.connect("/lab").await?;
            let mut pace = user.pace(Duration::from_millis(20));
            for tick in 0..20 {
                pace.tick().await?;
                let _: u8 = lab.ack("echo", 1).await?;
                if tick == 0 {
                    // An action that takes fifteen gaps, as a server that stalls.
                    tokio::time::sleep(stall).await;
                }
            }
            Ok(())
        });
    let report = run(load).await;
    let acks = report.kind(Kind::Ack).expect("acks are measured");
    assert_eq!(acks.response.count(), 20);
    // The second ack should have started 20 ms after the first, and started 300 ms after it.
    let late = acks.response.max();
    assert!(late >= stall - Duration::from_millis(40), "{late:?}");
    // Some ten actions were late, not one alone.
    assert!(acks.response.percentile(60.0) >= Duration::from_millis(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_share_the_users_of_one_run() {
    let (_testbed, url) = lab().await;
    let mut numbers = Vec::new();
    for shard in 0..3 {
        let (seen_tx, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let load = Load::new(&url)
            .unwrap()
            .phase(Phase::count(20, Duration::from_millis(100)))
            .limits(Limits {
                shard: (shard, 3),
                ..Limits::default()
            })
            .user("number", 1, move |user: User| {
                let _ = seen_tx.send(user.number());
                async { Ok(()) }
            });
        run(load).await;
        while let Some(number) = seen.recv().await {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
}
