//! Shards that meet at a Redis server, with a real one.

use std::collections::BTreeSet;
use std::process::Output;

use tidewire_load::{Counter, Latency, Report};
use tidewire_testbed::{RedisServer, free_port};

use crate::support::{Folder, Running, errors, status, text, tidewire_load};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/shards.toml");

/// The lines that the users of a run wrote.
fn log(output: &Output) -> Vec<String> {
    let lines = errors(output);
    let lines = lines.lines().filter(|line| line.contains(" account-"));
    lines.map(str::to_owned).collect()
}

/// Everything of a report that does not depend on time: counters, and the number of latencies of each series.
fn facts(report: &Report) -> Vec<(String, u64)> {
    let counters = Counter::ALL.map(|it| (it.name().to_owned(), report.counter(it)));
    let series = report.series.iter().map(|it| {
        let name = format!("{} {}", it.kind.name(), it.label);
        (name, it.measured.response.count())
    });
    counters.into_iter().chain(series).collect()
}

#[tokio::test]
async fn four_shards_do_what_one_process_does_and_their_histograms_merge_exactly() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (redis, folder) = (RedisServer::start().expect("a Redis"), Folder::new("meet"));
    let url = redis.url();
    let run = ["run", SCENARIO, "--target", testbed.url(), "--seed", "7"];
    let one = tidewire_load(&folder, &[&run[..], &["--json", "one.json"]].concat()).await;
    assert_eq!(status(&one), 0, "{}", errors(&one));

    let watch = Running::start(
        &folder,
        &[
            "watch",
            &url,
            "--json",
            "all.json",
            "--threshold",
            "ack.count >= 40",
        ],
    );
    let mut shards = Vec::new();
    for number in ["1", "2", "3", "4"] {
        let (shard, file) = (format!("{number}/4"), format!("{number}.json"));
        let own = ["--shard", &shard, "--meet", &url, "--json", &file];
        shards.push(Running::start(&folder, &[&run[..], &own[..]].concat()));
    }
    let mut lines = Vec::new();
    for shard in shards {
        let output = shard.end().await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
        assert!(errors(&output).contains("all shards are here"));
        lines.extend(log(&output));
    }
    let watch = watch.end().await;
    assert_eq!(status(&watch), 0, "{}", errors(&watch));
    assert!(
        text(&watch).contains("met  errors == 0"),
        "the scenario's threshold: {}",
        text(&watch)
    );
    assert!(text(&watch).contains("met  ack.count >= 40"));

    // Rows, random numbers and scenarios of each user are the same.
    let set = |lines: Vec<String>| lines.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(lines.len(), 40);
    assert_eq!(set(lines), set(log(&one)));
    let (all, one) = (folder.report("all.json"), folder.report("one.json"));
    assert_eq!(one.counter(Counter::UsersCompleted), 40);
    assert_eq!(facts(&all), facts(&one));

    // The histograms of the shards add up to those that went through Redis, bucket by bucket.
    assert_eq!(all.shards, [(0, 4), (1, 4), (2, 4), (3, 4)]);
    let parts = ["1.json", "2.json", "3.json", "4.json"].map(|name| folder.report(name));
    let buckets = |latency: &Latency| latency.buckets().collect::<Vec<_>>();
    for series in &all.series {
        let mut sum = Latency::default();
        for part in &parts {
            if let Some(measured) = part.series(series.kind, &series.label) {
                sum.add(&measured.response);
            }
        }
        assert_eq!(
            buckets(&sum),
            buckets(&series.measured.response),
            "{:?}",
            series.kind
        );
    }

    // Who comes after the end gets the same result.
    let late = tidewire_load(&folder, &["watch", &url, "--json", "late.json"]).await;
    assert_eq!(status(&late), 0, "{}", errors(&late));
    assert_eq!(folder.report("late.json").series, all.series);
}

#[tokio::test]
async fn a_lost_shard_is_reported() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (redis, folder) = (RedisServer::start().expect("a Redis"), Folder::new("lost"));
    let url = redis.url();
    let run = [
        testbed.url(),
        "--users",
        "8",
        "--for",
        "8s",
        "--seed",
        "1",
        "--meet",
        &url,
        "--shard",
    ];
    let mut shards: Vec<Running> = ["1/4", "2/4", "3/4", "4/4"]
        .map(|shard| Running::start(&folder, &[&run[..], &[shard]].concat()))
        .into();
    let mut watch = Running::start(
        &folder,
        &["watch", &url, "--json", "all.json", "--junit", "all.xml"],
    );
    // The watch shows the course of the run: it has begun.
    watch.line_with("users, ").await;
    shards.remove(2).kill().await;
    for shard in shards {
        let output = shard.end().await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
    let line = watch.line_with("error: ").await;
    assert!(
        line.contains("shard 3 of 4 is missing: it is lost, and"),
        "{line}"
    );
    let watch = watch.end().await;
    assert_eq!(status(&watch), 1);
    assert!(
        text(&watch).contains("shard 3 of 4 is missing: it is lost"),
        "{}",
        text(&watch)
    );
    let xml = folder.read("all.xml");
    assert!(xml.contains("failures=\"1\""), "{xml}");
    assert!(xml.contains("shard 3 of 4 is missing: it is lost"), "{xml}");
    let report = folder.report("all.json");
    assert_eq!(report.shards, [(0, 4), (1, 4), (3, 4)]);
    assert_eq!(report.counter(Counter::UsersStarted), 6);
}

#[tokio::test]
async fn shards_that_do_not_fit_are_errors_before_the_run() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (redis, folder) = (RedisServer::start().expect("a Redis"), Folder::new("fit"));
    let url = redis.url();
    let run = |shard: &'static str, seed: &'static str, meet: &str| -> Vec<String> {
        let args = [
            testbed.url(),
            "--users",
            "4",
            "--for",
            "1s",
            "--shard",
            shard,
            "--seed",
            seed,
        ];
        let meeting = ["--meet", meet, "--meet-timeout", "2s"];
        args.iter()
            .chain(&meeting)
            .map(|&arg| arg.to_owned())
            .collect()
    };
    let first = run("1/3", "1", &url);
    let mut waiting = Running::start(
        &folder,
        &first.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    waiting.line_with("waiting for shard 2, 3 of 3").await;
    let absent = "redis://127.0.0.1:1";
    for (args, part) in [
        (run("1/3", "1", &url), "shard 1 of 3 is there already"),
        (
            run("2/3", "2", &url),
            "shard 1 is one of another run (--seed: 2 here and 1 there)",
        ),
        (run("2/4", "1", &url), "(shards: 4 here and 3 there)"),
        (run("1/3", "1", absent), "Redis at 127.0.0.1:1: "),
        (
            run("1/3", "1", "http://a:secret@b"),
            "not the URL of a Redis server",
        ),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = tidewire_load(&folder, &args).await;
        assert_eq!(status(&output), 2, "{args:?}");
        let found = errors(&output);
        assert!(found.contains(part) && !found.contains("secret"), "{found}");
    }
    let waiting = waiting.end().await;
    assert_eq!(
        errors(&waiting),
        "error: shard 2, 3 of 3 did not come within 2s\n"
    );
    assert_eq!(status(&waiting), 2);
    for (args, part) in [
        (
            ["watch", &url, "--meet-timeout", "100ms"],
            "run `run` did not begin within 100ms",
        ),
        (
            ["watch", absent, "--meet-timeout", "100ms"],
            "Redis at 127.0.0.1:1: ",
        ),
    ] {
        let output = tidewire_load(&folder, &args).await;
        assert_eq!(status(&output), 2);
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
    let alone = tidewire_load(&folder, &[testbed.url(), "--meet", &url]).await;
    assert!(errors(&alone).contains("--shard"), "{}", errors(&alone));
}

#[tokio::test]
async fn a_run_goes_on_without_redis_and_says_that_its_report_is_missing() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (mut redis, folder) = (RedisServer::start().expect("a Redis"), Folder::new("away"));
    let url = redis.url();
    let args = [
        testbed.url(),
        "--users",
        "2",
        "--for",
        "3s",
        "--seed",
        "1",
        "--shard",
        "1/1",
        "--meet",
        &url,
        "--json",
        "r.json",
    ];
    let mut run = Running::start(&folder, &args);
    run.line_with("users, ").await;
    redis.stop();
    let output = run.end().await;
    let rest = errors(&output);
    assert_eq!(status(&output), 2);
    assert!(
        rest.contains("warning: the other shards cannot see this one: Redis at "),
        "{rest}"
    );
    assert!(
        rest.contains("error: the report of shard 1 is not with the others: "),
        "{rest}"
    );
    assert_eq!(folder.report("r.json").counter(Counter::UsersStarted), 2);
}

/// In a cluster everything starts at the same time.
#[tokio::test]
async fn shards_and_watch_wait_for_a_redis_that_comes_later() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("later");
    let port = free_port().unwrap();
    let url = format!("redis://127.0.0.1:{port}");
    let run = [testbed.url(), "--users", "2", "--for", "1s", "--seed", "1"];
    let meet = ["--shard", "1/1", "--meet", &url];
    let mut shard = Running::start(&folder, &[&run[..], &meet[..]].concat());
    let mut watch = Running::start(&folder, &["watch", &url]);
    for waiting in [&mut shard, &mut watch] {
        waiting
            .line_with("waiting for Redis: Redis at 127.0.0.1:")
            .await;
    }
    let _redis = RedisServer::start_at(port, &[]).expect("a Redis");
    for output in [shard.end().await, watch.end().await] {
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
}

#[tokio::test]
async fn a_redis_that_wants_a_password_is_an_error_that_says_how_to_give_it() {
    let folder = Folder::new("password");
    let port = free_port().unwrap();
    let _redis = RedisServer::start_at(port, &["--requirepass", "secret"]).expect("a Redis");
    for (user, part) in [
        ("", "give its password, as in redis://:password@host:port"),
        (
            ":wrong@",
            "are the user name and the password in the URL right?",
        ),
    ] {
        let url = format!("redis://{user}127.0.0.1:{port}");
        let output = tidewire_load(&folder, &["watch", &url]).await;
        assert_eq!(status(&output), 2);
        let found = errors(&output);
        assert!(found.contains(part) && !found.contains("wrong@"), "{found}");
    }
}

#[tokio::test]
async fn a_server_that_is_no_redis_is_an_error_of_one_line() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("no-redis");
    let url = testbed.url().replace("http:", "redis:");
    let output = tidewire_load(&folder, &["watch", &url]).await;
    assert_eq!(status(&output), 2);
    let text = errors(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.ends_with(": is it a Redis server?\n"), "{text}");
}
