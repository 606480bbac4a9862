//! `tidewire-load URL`: good servers, bad ones, and bad options.

use tidewire_load::{Counter, Kind};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{Folder, Peer, errors, status, text, tidewire_load};

#[tokio::test]
async fn official_servers_of_both_versions_are_measured() {
    for (peer, version) in [("socketio2", 3), ("socketio4", 4)] {
        let server = Peer::start(peer, &[]);
        let folder = Folder::new(peer);
        let url = format!("http://127.0.0.1:{}/lab", server.port);
        let args = [
            "--users", "20", "--for", "2s", "--emit", "echo", "--every", "200ms",
        ];
        let args: Vec<&str> = [&url[..]].into_iter().chain(args).collect();
        let output = tidewire_load(&folder, &[&args[..], &["--json", "r.json"]].concat()).await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
        let report = folder.report("r.json");
        assert_eq!(report.engine_version, Some(version));
        let heartbeat = report.heartbeat.expect("the handshake is read");
        assert_eq!(heartbeat.engine_version, version);
        let count = |counter| report.counter(counter);
        assert_eq!(count(Counter::UsersStarted), 20);
        assert_eq!(count(Counter::Connected), 20);
        assert_eq!(count(Counter::Errors), 0);
        // Each emit is acked, or was awaited at the end.
        assert!(count(Counter::Emitted) >= 20);
        let settled = count(Counter::Acked) + count(Counter::AcksCutOff);
        assert_eq!(settled, count(Counter::Emitted));
        let acks = report.kind(Kind::Ack).expect("acks are measured");
        assert_eq!(acks.response.count(), count(Counter::Acked));
        let connects = report.kind(Kind::Connect).expect("connects are measured");
        assert_eq!(connects.service.count(), 20);
        for stage in [
            Kind::ConnectTcp,
            Kind::ConnectHandshake,
            Kind::ConnectNamespace,
        ] {
            let stage = report.kind(stage).expect("each user has its stages");
            assert_eq!(stage.service.count(), 20);
            assert!(stage.service.max() <= connects.service.max());
        }
        // 127.0.0.1 needs no search, and http no TLS.
        assert!(report.kind(Kind::ConnectDns).is_none());
        assert!(report.kind(Kind::ConnectTls).is_none());
        assert!(text(&output).contains("20 started"));
    }
}

#[tokio::test]
async fn a_target_that_is_not_a_server_is_an_error_before_the_run() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let url = testbed.url();
    let secure = url.replace("http:", "https:");
    let refused = {
        // The port is free again when the listener is gone.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let folder = Folder::new("targets");
    for (args, part) in [
        (vec![&refused[..]], "Connection refused"),
        (vec![&url, "--path", "/wrong"], "404"),
        (vec![&secure], "TLS failed"),
        (vec!["localhost:3000"], "write http://"),
        (vec![&url, "--for", "10x"], "is not a time"),
        (vec![&url, "--args", "{", "--emit", "a"], "not JSON"),
        (vec![&url, "--auth", "1"], "JSON object"),
        (
            vec![&url, "--json", "missing/r.json"],
            "cannot write missing/r.json",
        ),
        (vec![&url, "--ca", "missing.pem"], "cannot read missing.pem"),
        (vec![&url, "--users", "0"], "0"),
    ] {
        let output = tidewire_load(&folder, &args).await;
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(
            errors(&output).contains(part),
            "{args:?}: {}",
            errors(&output)
        );
        assert!(text(&output).is_empty(), "{args:?}");
    }
}

#[tokio::test]
async fn a_silent_server_is_an_error_and_not_a_hang() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move { while stream.read_u8().await.is_ok() {} });
        }
    });
    let folder = Folder::new("silent");
    let output = tidewire_load(&folder, &[&url, "--connect-timeout", "300ms"]).await;
    assert_eq!(status(&output), 2);
    assert!(
        errors(&output).starts_with("error: "),
        "{}",
        errors(&output)
    );
}

#[tokio::test]
async fn a_refused_namespace_is_counted_for_each_user() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("refused");
    let url = format!("{}/auth", testbed.url());
    let args = [&url, "--users", "5", "--for", "1s", "--json", "r.json"];
    let output = tidewire_load(&folder, &args).await;
    assert_eq!(status(&output), 1, "{}", errors(&output));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersFailed), 5);
    let reasons: Vec<_> = report.reasons(false).collect();
    assert_eq!((reasons.len(), reasons[0].count), (1, 5));
    assert!(reasons[0].text.contains("auth failed"));
    assert!(text(&output).contains("No user was connected"));
    // With the token, the same users are accepted.
    let token = [&args[..], &["--auth", r#"{"token":"secret"}"#]].concat();
    let output = tidewire_load(&folder, &token).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
}

#[tokio::test]
async fn acks_that_never_come_are_counted() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("acks");
    let url = format!("{}/lab", testbed.url());
    let args = [
        "--users",
        "3",
        "--for",
        "2s",
        "--emit",
        "silent",
        "--timeout",
        "200ms",
    ];
    let args: Vec<&str> = [&url[..]].into_iter().chain(args).collect();
    let output = tidewire_load(&folder, &[&args[..], &["--json", "r.json"]].concat()).await;
    assert_eq!(status(&output), 0);
    let report = folder.report("r.json");
    let count = |counter| report.counter(counter);
    assert!(report.kind(Kind::Ack).is_none());
    assert!(count(Counter::Errors) >= 3);
    let settled = count(Counter::Errors) + count(Counter::AcksCutOff);
    assert_eq!(settled, count(Counter::Emitted));
    assert!(text(&output).contains("no ack for `silent` within 200ms"));
}

/// More than a process has files for: they are skipped, and the advice at the end does not count beyond.
#[tokio::test]
async fn the_most_users_of_all_are_a_warning_and_skipped_arrivals() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("most");
    let file = folder.write(
        "most.toml",
        &format!(
            "target = '{}'\ngrace = '0s'\n[[phase]]\ncount = 9223372036854775807\nduration = '1s'\nmax_users = 3\n\
             [[scenario]]\nstep = [{{ stay = true }}]\n",
            testbed.url()
        ),
    );
    let output = tidewire_load(&folder, &["run", &file, "--json", "r.json"]).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert!(errors(&output).contains("warning: if all users are there at once"));
    assert_eq!(folder.report("r.json").counter(Counter::UsersStarted), 3);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_an_error_and_the_summary_is_printed() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("full");
    let run = [testbed.url(), "--users", "1", "--for", "200ms"];
    for form in ["--json", "--csv", "--html", "--junit"] {
        // One file that fails does not cost the others.
        let other = if form == "--json" { "--csv" } else { "--json" };
        let files = [form, "/dev/full", other, "whole"];
        let output = tidewire_load(&folder, &[&run[..], &files].concat()).await;
        assert_eq!(status(&output), 2, "{form}");
        let error = "cannot write /dev/full: No space left";
        assert!(
            errors(&output).contains(error),
            "{form}: {}",
            errors(&output)
        );
        assert!(text(&output).contains("1 started"));
        assert!(!folder.read("whole").is_empty());
    }
    let whole = tidewire_load(&folder, &[&run[..], &["--json", "r.json"]].concat()).await;
    assert_eq!(status(&whole), 0);
    let output = tidewire_load(&folder, &["merge", "r.json", "--json", "/dev/full"]).await;
    assert_eq!(status(&output), 2);
}
