//! Scenario files of our own form: every step against the testbed, and every kind of mistake.

use tidewire_load::{Counter, Kind, Report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::relay::{Front, Relay};
use crate::support::{Folder, Peer, errors, status, text, tidewire_load, tidewire_load_in};

/// Runs a file of `tests/scenarios` and returns its report.
async fn run(name: &str, target: &str) -> (i32, Report) {
    let folder = Folder::new(&format!("run-{name}"));
    let file = format!("{}/tests/scenarios/{name}", env!("CARGO_MANIFEST_DIR"));
    let args = ["run", &file, "--target", target, "--json", "r.json"];
    let output = tidewire_load(&folder, &args).await;
    (status(&output), folder.report("r.json"))
}

#[tokio::test]
async fn every_kind_of_step_runs() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (status, report) = run("all.toml", testbed.url()).await;
    assert_eq!(status, 0);
    let count = |counter| report.counter(counter);
    assert_eq!(count(Counter::Errors), 0, "{:?}", report.reasons);
    assert_eq!(count(Counter::DeliveriesLost), 0);
    assert_eq!(count(Counter::Disconnects), 0, "{:?}", report.reasons);
    assert!(count(Counter::UsersCompleted) > 10);
    assert!(count(Counter::Delivered) > 10);
    for (kind, label) in [
        (Kind::Ack, "join"),
        (Kind::Ack, "handshake"),
        (Kind::Wait, "said"),
        (Kind::Wait, "flooded"),
        (Kind::Wait, "res"),
        (Kind::Delivery, ""),
        (Kind::Namespace, ""),
    ] {
        assert!(report.series(kind, label).is_some(), "{kind:?} {label}");
    }
    assert!(report.verdicts.iter().all(|verdict| verdict.is_met));
    assert_eq!(report.verdicts.len(), 3);
}

#[tokio::test]
async fn errors_are_counted_by_reason_and_users_may_go_on() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (status, report) = run("all.yml", testbed.url()).await;
    assert_eq!(status, 0);
    assert_eq!(report.counter(Counter::UsersCompleted), 4);
    assert_eq!(report.counter(Counter::Errors), 12);
    for reason in report.reasons(false) {
        assert_eq!(reason.count, 4, "{}", reason.text);
    }
    let texts: Vec<_> = report.reasons(false).map(|it| &it.text[..]).collect();
    for text in [
        "the ack is [1], expected [2]",
        "no ack for `silent` within 100ms",
        "no event `never` within 50ms",
    ] {
        assert!(texts.contains(&text), "{texts:?}");
    }
    let waits = report.series(Kind::Wait, "echo").expect("responses");
    assert_eq!(waits.response.count(), 12);
}

#[tokio::test]
async fn users_find_each_other_and_exchange_messages() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let peers = ["socketio2", "socketio4"].map(|name| Peer::start(name, &[]));
    let urls = peers
        .each_ref()
        .map(|peer| format!("http://127.0.0.1:{}", peer.port));
    for url in [testbed.url(), &urls[0], &urls[1]] {
        let (status, report) = run("peers.toml", url).await;
        assert_eq!(status, 0, "{url}: {:?}", report.reasons);
        let count = |counter| report.counter(counter);
        assert_eq!(count(Counter::UsersCompleted), 8);
        assert_eq!(count(Counter::Emitted), 16);
        // Each tagged message once, though these servers send it to all clients.
        assert_eq!(
            count(Counter::Delivered) + count(Counter::DeliveriesCutOff),
            8
        );
        let delivery = report
            .series(Kind::Delivery, "exchange")
            .expect("deliveries");
        assert_eq!(delivery.response.count(), 8);
        for (label, times) in [("presence", 8), ("message", 16), ("online", 4)] {
            let waits = report.series(Kind::Wait, label).expect("waits");
            assert_eq!(waits.response.count(), times, "{label}");
        }
    }
}

#[tokio::test]
async fn peers_that_do_not_come_and_denials_are_counted() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (status, report) = run("peers-alone.toml", testbed.url()).await;
    assert_eq!(status, 0);
    let texts: Vec<_> = report
        .reasons(false)
        .map(|it| (&it.text[..], it.count))
        .collect();
    for expected in [
        ("the room has 2 members after 200ms: expected 9", 2),
        ("no message of a peer within 200ms", 2),
        ("the server denies the client", 2),
    ] {
        assert!(texts.contains(&expected), "no {expected:?} in {texts:?}");
    }
    // The client leaves after a denial, unless this server is faster.
    for disconnect in report.reasons(true) {
        assert_eq!(disconnect.text, "io server disconnect");
    }
}

/// Answers the requests of `http.toml`.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        read.extend_from_slice(&buffer[..length]);
        let request = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        // A proxy passes on the whole URL.
        let head = match head.split_once("http://") {
            Some((method, rest)) if rest.starts_with("127.0.0.1:") => {
                let path = rest.find('/').map_or(rest, |start| &rest[start..]);
                format!("{method}{path}")
            }
            _ => head.to_owned(),
        };
        let (code, body) = if head.starts_with("POST /login") {
            let name = body.split('"').nth(3).unwrap_or_default();
            ("200 OK", format!(r#"{{"token":"{name}"}}"#))
        } else if head.starts_with("GET /me?x=1") {
            let line = head
                .lines()
                .find_map(|line| line.strip_prefix("authorization: Bearer "));
            (
                "200 OK",
                format!(r#"{{"name":"{}"}}"#, line.unwrap_or_default()),
            )
        } else if head.starts_with("GET /missing") {
            ("404 Not Found", String::new())
        } else {
            // The program asks first whether this is a Socket.IO server.
            ("401 Unauthorized", String::new())
        };
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {code}\r\nx-kind: me\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await?;
        read.clear();
    }
}

#[tokio::test]
async fn http_requests_capture_and_expect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let (status, report) = run("http.toml", &url).await;
    assert_eq!(status, 0);
    assert_eq!(
        report.counter(Counter::UsersCompleted),
        3,
        "{:?}",
        report.reasons
    );
    assert_eq!(report.counter(Counter::HttpResponses), 9);
    let login = report
        .series(Kind::Http, "POST /login")
        .expect("requests are measured");
    assert_eq!(login.response.count(), 3);
}

/// The connections of users do the same.
#[tokio::test]
async fn http_requests_take_the_proxy_of_the_options_and_none_of_the_environment() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let relay = Relay::start(Front::Proxy(200), &url).await;
    let proxy = format!("http://127.0.0.1:{}", relay.port);
    let folder = Folder::new("http-proxy");
    let file = format!("{}/tests/scenarios/http.toml", env!("CARGO_MANIFEST_DIR"));
    let closed = [
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    for (options, connections) in [(&[][..], 0), (&["--proxy", &proxy], 4)] {
        let args = ["run", &file, "--target", &url, "--json", "r.json"];
        let output = tidewire_load_in(&folder, &[&args, options].concat(), &closed).await;
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let report = folder.report("r.json");
        let completed = report.counter(Counter::UsersCompleted);
        assert_eq!(completed, 3, "{options:?}: {:?}", report.reasons);
        // One is that of the look at the server before the run.
        let seen: usize = relay.seen().values().sum();
        assert_eq!(seen, connections, "{options:?}");
    }
}

/// `check` knows the columns of a variable only by the rows.
#[tokio::test]
async fn a_column_that_is_missing_is_an_error_that_names_its_place() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("column");
    folder.write("data.csv", "name,age\nAnn,3\nBob,4\n");
    let file = folder.write(
        "column.toml",
        "target = 'http://a'\n[[data]]\nfile = 'data.csv'\nas = 'account'\n[[phase]]\ncount = 2\nduration = '1ms'\n\
         [[scenario]]\nnamespace = '/lab'\nstep = [{ emit = 'echo', args = ['{{ account.nme }}'], ack = true }]\n",
    );
    let output = tidewire_load(
        &folder,
        &["run", &file, "--target", testbed.url(), "--json", "r.json"],
    )
    .await;
    let report = folder.report("r.json");
    let reasons: Vec<_> = report
        .reasons(false)
        .map(|it| (&it.text[..], it.count))
        .collect();
    assert_eq!(
        reasons,
        [("10:34: undefined value: the value is not there", 2)]
    );
    assert_eq!(report.counter(Counter::UsersFailed), 2);
    // A user that ends at once was connected, too.
    assert_eq!(report.counter(Counter::Connected), 2);
    assert_eq!(status(&output), 0);
}

#[tokio::test]
async fn a_file_without_mistakes_says_what_it_does() {
    let folder = Folder::new("check");
    for name in [
        "scenarios/all.toml",
        "scenarios/all.yml",
        "artillery/builtin.yml",
    ] {
        let file = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
        let output = tidewire_load(&folder, &["check", &file]).await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
        assert!(text(&output).starts_with("no mistake: "));
    }
}

#[tokio::test]
async fn thresholds_decide_the_exit_status() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("thresholds");
    let url = format!("{}/lab", testbed.url());
    let args = [
        &url[..],
        "--users",
        "2",
        "--for",
        "400ms",
        "--emit",
        "echo",
        "--every",
        "100ms",
    ];
    let with = |threshold| [&args[..], &["--threshold", threshold]].concat();
    let output = tidewire_load(&folder, &with("ack.count > 0")).await;
    assert_eq!(status(&output), 0, "{}", text(&output));
    assert!(text(&output).contains("met  ack.count > 0"));
    let output = tidewire_load(&folder, &with("ack.count > 1000000")).await;
    assert_eq!(status(&output), 1);
    assert!(text(&output).contains("NOT MET  ack.count > 1000000"));
    let output = tidewire_load(&folder, &with("akc.p99 < 1s")).await;
    assert_eq!(status(&output), 2);
}
