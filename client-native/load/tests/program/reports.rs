//! The files of a report, the endpoint for Prometheus, and the merge of shards.

use std::process::Stdio;

use tidewire_load::{Counter, Kind, Latency, Report};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Folder, errors, guarded, status, text, tidewire_load};

#[tokio::test]
async fn every_form_of_the_report_is_written() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("forms");
    let url = format!("{}/lab", testbed.url());
    let run = [
        "--users", "4", "--for", "2s", "--emit", "echo", "--every", "100ms",
    ];
    let before = [&[&url[..]], &run[..], &["--json", "before.json"]].concat();
    assert_eq!(status(&tidewire_load(&folder, &before).await), 0);
    let forms = [
        ["--json", "r.json"],
        ["--csv", "r.csv"],
        ["--html", "r.html"],
        ["--junit", "r.xml"],
        ["--baseline", "before.json"],
        ["--threshold", "ack.p50 < 1h"],
    ]
    .concat();
    let output = tidewire_load(&folder, &[&[&url[..]], &run[..], &forms[..]].concat()).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));

    let report = folder.report("r.json");
    let csv = folder.read("r.csv");
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let acked = head.iter().position(|name| *name == "acked").unwrap();
    let mut sum = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), head.len());
        sum += cells[acked].parse::<u64>().unwrap();
    }
    assert_eq!(sum, report.counter(Counter::Acked));

    let html = folder.read("r.html");
    for part in [
        "<svg",
        "ack: response time",
        "p99 before",
        "ack.p50 &lt; 1h",
        "</html>",
    ] {
        assert!(html.contains(part), "no `{part}`");
    }
    // One file: nothing is loaded from elsewhere.
    for part in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(part), "`{part}`");
    }
    let xml = folder.read("r.xml");
    assert!(xml.contains("tests=\"2\" failures=\"0\""), "{xml}");
}

#[tokio::test]
async fn prometheus_reads_the_measurements_of_a_run() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_tidewire-load"))
        .arg(testbed.url())
        .args(["--users", "2", "--for", "1h", "--prometheus", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut address = None;
    // The first line of progress: there is something to read.
    while let Some(line) = guarded(lines.next_line()).await.unwrap() {
        if let Some(rest) = line.strip_prefix("Prometheus: http://") {
            address = rest.strip_suffix("/metrics").map(str::to_owned);
        } else if line.contains("users") {
            break;
        }
    }
    let mut stream = TcpStream::connect(address.expect("the address is printed"))
        .await
        .unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    guarded(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for line in [
        "# TYPE tidewire_load_connected_total counter",
        "tidewire_load_users ",
        "tidewire_load_response_seconds{kind=\"connect\",quantile=\"0.99\"} ",
        "tidewire_load_response_seconds_count{kind=\"connect\"} ",
    ] {
        assert!(answer.contains(line), "no `{line}` in\n{answer}");
    }
}

#[tokio::test]
async fn shards_of_one_run_merge_and_a_missing_one_is_told() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("shards");
    let url = format!("{}/lab", testbed.url());
    let run = [
        "--users", "8", "--for", "1s", "--emit", "echo", "--every", "100ms", "--seed", "5",
    ];
    for shard in ["1", "2", "4"] {
        let (part, file) = (format!("{shard}/4"), format!("{shard}.json"));
        let own = ["--shard", &part, "--json", &file];
        let output = tidewire_load(&folder, &[&[&url[..]], &run[..], &own[..]].concat()).await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
    let merge = ["merge", "1.json", "2.json", "4.json", "--json", "all.json"];
    let output = tidewire_load(&folder, &merge).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert!(
        text(&output).contains("Shard 3 of 4 is missing"),
        "{}",
        text(&output)
    );
    let parts = ["1.json", "2.json", "4.json"].map(|name| folder.report(name));
    let all = folder.report("all.json");
    let buckets = |latency: &Latency| latency.buckets().collect::<Vec<_>>();
    let mut sum = Latency::default();
    let acks = |report: &Report| report.kind(Kind::Ack).unwrap().response.clone();
    parts.iter().for_each(|part| sum.add(&acks(part)));
    assert_eq!(buckets(&sum), buckets(&acks(&all)));
    assert_eq!(all.counter(Counter::UsersStarted), 6);
    for (args, part) in [
        (vec!["merge", "1.json", "1.json"], "is there twice"),
        (vec!["merge", "missing.json"], "cannot read missing.json"),
        (vec![&url, "--shard", "5/4", "--seed", "1"], "expected I/N"),
        (vec![&url, "--shard", "1/4"], "--seed"),
    ] {
        let output = tidewire_load(&folder, &args).await;
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(
            errors(&output).contains(part),
            "{args:?}: {}",
            errors(&output)
        );
    }
}
