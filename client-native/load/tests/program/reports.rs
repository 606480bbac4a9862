//! The files of a report, the endpoint for Prometheus, and the merge of shards.

use std::process::Stdio;

use tidewire_load::{Counter, Kind, Latency, Report, Row};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Folder, Running, errors, guarded, status, text, tidewire_load};

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
        "ack: response times, percent of each run in each bucket",
        "<title>before: ",
        "<summary>As a table</summary>",
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
    assert!(xml.contains("tests=\"3\" failures=\"0\""), "{xml}");
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
    let merge = ["merge", "1.json", "2.json", "4.json"];
    let files = ["--json", "all.json", "--junit", "all.xml"];
    let output = tidewire_load(&folder, &[&merge[..], &files[..]].concat()).await;
    assert_eq!(status(&output), 1, "{}", errors(&output));
    let missing = "shard 3 of 4 is missing: its report is not among those to merge";
    assert!(errors(&output).contains(missing), "{}", errors(&output));
    assert!(text(&output).contains(missing), "{}", text(&output));
    assert!(text(&output).contains("3 of 4 shards"));
    let xml = folder.read("all.xml");
    assert!(
        xml.contains("failures=\"1\"") && xml.contains(missing),
        "{xml}"
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

/// A report may have been written by anybody.
#[tokio::test]
async fn reports_with_any_numbers_and_texts_are_merged_or_refused() {
    let folder = Folder::new("numbers");
    for (name, index) in [("1.json", 0), ("2.json", 1)] {
        let mut report = Report::default();
        report.format = 1;
        report.shards = vec![(index, 2)];
        report.seconds = f64::MAX;
        report.target = "http://a/\u{1b}[2J".into();
        report.generator.clock_steps = u64::MAX;
        report.generator.cores = u64::MAX;
        report.counters = Counter::ALL
            .map(|counter| (counter.name().to_owned(), u64::MAX))
            .into();
        let row = Row {
            at: 1e300,
            users: u64::MAX,
            most_users: u64::MAX,
            counters: report.counters.clone(),
            ..Row::default()
        };
        report.rows = vec![Row::default(), row];
        folder.write(name, &report.to_json());
    }
    let files = [
        "--json", "a.json", "--csv", "a.csv", "--html", "a.html", "--junit", "a.xml",
    ];
    let merge = ["merge", "1.json", "2.json", "--threshold", "errors < 1%"];
    let output = tidewire_load(&folder, &[&merge[..], &files].concat()).await;
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert_eq!(folder.report("a.json").counter(Counter::Errors), u64::MAX);
    assert!(text(&output).contains("http://a/ [2J"), "{}", text(&output));
}

#[tokio::test]
async fn a_report_that_would_overwrite_another_file_is_an_error_before_the_run() {
    let folder = Folder::new("overwrite");
    let scenario = "target = 'http://a'\n[[data]]\nfile = 'rows.csv'\n[[phase]]\npause = 1\n[[scenario]]\nstep = []\n";
    folder.write("scenario.toml", scenario);
    folder.write("rows.csv", "a\n1\n");
    folder.write("old.json", "{}");
    std::fs::create_dir(folder.path("folder")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("old.json", folder.path("link.json")).unwrap();
    let run = ["run", "scenario.toml"];
    for (args, part) in [
        (
            &["--json", "r", "--html", "./folder/../r"][..],
            "--html ./folder/../r: the file is --json as well: give --html another one",
        ),
        (
            &["--csv", "scenario.toml"],
            "--csv scenario.toml: the file is an input of this run as well",
        ),
        (&["--junit", "rows.csv"], "an input of this run as well"),
        (
            &["--html", "old.json", "--baseline", "old.json"],
            "an input of this run as well",
        ),
        #[cfg(unix)]
        (
            &["--json", "link.json", "--csv", "old.json"],
            "--csv old.json: the file is --json as well",
        ),
        (&["--json", "folder"], "cannot write folder: "),
        (&["--json", "missing/r"], "cannot write missing/r: "),
    ] {
        let output = tidewire_load(&folder, &[&run[..], args].concat()).await;
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
    let merge = ["merge", "old.json", "--json", "old.json"];
    let output = tidewire_load(&folder, &merge).await;
    assert!(errors(&output).contains("an input"), "{}", errors(&output));
    assert_eq!(folder.read("scenario.toml"), scenario);
    assert_eq!(folder.read("old.json"), "{}");
}

/// The whole of a new report takes the place of an old one: until then that one stays, and nothing else is left.
#[tokio::test]
async fn an_old_report_stays_until_a_new_one_is_whole() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("old");
    folder.write("r.json", "old");
    let refused = tidewire_load(&folder, &["http://127.0.0.1:1", "--json", "r.json"]).await;
    assert_eq!((status(&refused), &folder.read("r.json")[..]), (2, "old"));
    let mut run = Running::start(&folder, &[testbed.url(), "--for", "1h", "--json", "r.json"]);
    run.line_with("users").await;
    assert_eq!(folder.read("r.json"), "old");
    run.kill().await;
    assert_eq!(folder.read("r.json"), "old");
    let args = [testbed.url(), "--users", "1", "--for", "100ms"];
    let output = tidewire_load(&folder, &[&args[..], &["--json", "r.json"]].concat()).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert_eq!(folder.report("r.json").counter(Counter::UsersStarted), 1);
    let files = std::fs::read_dir(folder.path(".")).unwrap();
    assert_eq!(files.count(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_behind_standard_output_is_an_error() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("stdout");
    let url = testbed.url();
    folder.write(
        "s.toml",
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\nstep = []\n",
    );
    let quick = [url, "--users", "1", "--for", "100ms", "--json", "r.json"];
    for args in [&quick[..], &["check", "s.toml"]] {
        let child = tokio::process::Command::new(env!("CARGO_BIN_EXE_tidewire-load"))
            .args(args)
            .current_dir(folder.path("."))
            .stdin(Stdio::null())
            .stdout(
                std::fs::File::options()
                    .write(true)
                    .open("/dev/full")
                    .unwrap(),
            )
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = guarded(child.wait_with_output()).await.unwrap();
        assert_eq!(status(&output), 2, "{args:?}");
        let error = "error: cannot print the result: No space left";
        assert!(errors(&output).contains(error), "{}", errors(&output));
    }
    // The files are written anyway.
    assert_eq!(folder.report("r.json").counter(Counter::UsersStarted), 1);
}
