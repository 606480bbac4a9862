//! The options of the network: proxies, local addresses, TLS; and servers that stop to answer.

use tidewire_load::{Counter, Kind, Report};
use tidewire_testbed::FaultProxy;

use crate::relay::{Front, Relay, tls};
use crate::support::{Folder, Peer, Running, errors, status, text, tidewire_load};

/// Options of a short run with acks.
const RUN: [&str; 7] = ["--users", "4", "--for", "1s", "--emit", "echo", "--json"];

async fn run(folder: &Folder, url: &str, options: &[&str]) -> (i32, String) {
    let args = [&[url], &RUN[..], &["r.json"], options].concat();
    let output = tidewire_load(folder, &args).await;
    (status(&output), errors(&output))
}

fn check_whole(report: &Report) {
    assert_eq!(
        report.counter(Counter::Connected),
        4,
        "{:?}",
        report.reasons
    );
    assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
    assert!(report.counter(Counter::Acked) >= 4);
}

#[tokio::test]
async fn users_connect_through_a_proxy() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let url = format!("{}/lab", testbed.url());
    let folder = Folder::new("proxy");
    let proxy = Relay::start(Front::Proxy(200), testbed.url()).await;
    let option = format!("http://127.0.0.1:{}", proxy.port);
    let (code, text) = run(&folder, &url, &["--proxy", &option]).await;
    assert_eq!(code, 0, "{text}");
    check_whole(&folder.report("r.json"));
    // The users, and the client that looks at the server before the run. No request goes past the proxy.
    assert_eq!(proxy.seen().values().sum::<usize>(), 5);
    assert!(folder.report("r.json").heartbeat.is_none());

    let refusing = Relay::start(Front::Proxy(403), testbed.url()).await;
    let refusing = format!("http://127.0.0.1:{}", refusing.port);
    for (option, part) in [
        (refusing.as_str(), "403"),
        ("http://127.0.0.1:1", "Connection refused"),
        ("gopher://a", "gopher"),
    ] {
        let (code, text) = run(&folder, &url, &["--proxy", option]).await;
        assert_eq!(code, 2);
        assert!(
            text.starts_with("error: ") && text.contains(part),
            "{option}: {text}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn users_connect_from_local_addresses_in_turn() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let relay = Relay::start(Front::Plain, testbed.url()).await;
    let url = format!("http://127.0.0.1:{}/lab", relay.port);
    let folder = Folder::new("bind");
    let (code, text) = run(&folder, &url, &["--bind", "127.0.0.2,127.0.0.3"]).await;
    assert_eq!(code, 0, "{text}");
    check_whole(&folder.report("r.json"));
    let seen = relay.seen();
    // One of both is also that of the client that looks at the server before the run.
    assert_eq!(seen[&"127.0.0.2".parse().unwrap()], 3, "{seen:?}");
    assert_eq!(seen[&"127.0.0.3".parse().unwrap()], 2, "{seen:?}");

    for (option, part) in [
        ("192.0.2.1", "Cannot assign requested address"),
        ("x", "invalid IP address"),
    ] {
        let (code, text) = run(&folder, &url, &["--bind", option]).await;
        assert_eq!(code, 2);
        assert!(text.contains(part), "{option}: {text}");
    }
}

#[tokio::test]
async fn certificates_are_trusted_by_option_only() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let ((front, pem), (_, other)) = (tls(), tls());
    let relay = Relay::start(front, testbed.url()).await;
    let url = format!("https://127.0.0.1:{}/lab", relay.port);
    let folder = Folder::new("tls");
    folder.write("own.pem", &pem);
    folder.write("other.pem", &other);
    folder.write("none.pem", "nothing");
    folder.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    for options in [&["--ca", "own.pem"][..], &["--insecure"]] {
        let (code, text) = run(&folder, &url, options).await;
        assert_eq!(code, 0, "{options:?}: {text}");
        let report = folder.report("r.json");
        check_whole(&report);
        assert!(
            report.heartbeat.is_some(),
            "the look at the server knows the options"
        );
    }
    for (options, part) in [
        (&[][..], "certificate"),
        (&["--ca", "other.pem"], "certificate"),
        (&["--ca", "none.pem"], "no certificate"),
        (&["--ca", "broken.pem"], "invalid certificate"),
    ] {
        let (code, text) = run(&folder, &url, options).await;
        assert_eq!(code, 2, "{options:?}");
        assert!(
            text.starts_with("error: ") && text.contains(part),
            "{options:?}: {text}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_stops_to_answer_is_counted() {
    let server = Peer::start("socketio4", &[]);
    let folder = Folder::new("stopped");
    let url = format!("http://127.0.0.1:{}/lab", server.port);
    let mut run = Running::start(
        &folder,
        &[
            &url,
            "--users",
            "20",
            "--for",
            "4s",
            "--emit",
            "echo",
            "--every",
            "100ms",
            "--timeout",
            "300ms",
            "--connect-timeout",
            "300ms",
            "--json",
            "r.json",
        ],
    );
    run.line_with("users, ").await;
    server.signal(rustix::process::Signal::STOP);
    let output = run.end().await;
    assert_eq!(status(&output), 0);
    let report = folder.report("r.json");
    let texts: Vec<_> = report.reasons(false).map(|it| &it.text[..]).collect();
    assert!(
        texts.contains(&"no ack for `echo` within 300ms"),
        "{texts:?}"
    );
    assert!(
        report.counter(Counter::UsersFailed) > 0,
        "later users cannot connect: {texts:?}"
    );
    assert!(text(&output).contains("no ack for `echo`"));
    let count = |counter| report.counter(counter);
    let acks: u64 = report
        .reasons(false)
        .filter(|it| it.text.starts_with("no ack"))
        .map(|it| it.count)
        .sum();
    assert_eq!(
        count(Counter::Acked) + count(Counter::AcksCutOff) + acks,
        count(Counter::Emitted)
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_loss_and_the_stages_of_the_reconnect_after_it_are_measured() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let proxy = FaultProxy::start(testbed.address(), 0, "").await.unwrap();
    let folder = Folder::new("reconnect");
    let scenario =
        "[[phase]]\nusers = 3\nduration = '1h'\n[[scenario]]\nstep = [{ stay = true }]\n";
    let file = folder.write("s.toml", &format!("target = '{}'\n{scenario}", proxy.url()));
    let mut run = Running::start(&folder, &["run", &file, "--json", "r.json"]);
    run.line_with(", 3 connected").await;
    proxy.run("cut").unwrap();
    run.line_with("connections lost").await;
    run.line_with(", 3 connected").await;
    run.signal(rustix::process::Signal::INT);
    let output = run.end().await;
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let report = folder.report("r.json");
    let count = |kind| report.kind(kind).map_or(0, |it| it.response.count());
    assert!(count(Kind::Reconnect) > 0, "{:?}", report.reasons);
    for stage in [
        Kind::ReconnectTcp,
        Kind::ReconnectHandshake,
        Kind::ReconnectNamespace,
    ] {
        assert_eq!(count(stage), count(Kind::Reconnect), "{stage:?}");
    }
    assert_eq!(count(Kind::ConnectTcp), 3);
}
