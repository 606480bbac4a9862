//! Scenario files of our own form: every step against the testbed, and every kind of mistake.

use tidewire_load::{Counter, Kind, Report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Folder, errors, status, text, tidewire_load};

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

/// Mistakes: a file, and the places and texts of its mistakes.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    (
        "empty.toml",
        "",
        &[
            "1:1: a scenario file needs `target`",
            "needs `phase`",
            "needs `scenario`",
        ],
    ),
    ("broken.toml", "target = \n", &["1:"]),
    ("broken.yml", "target: [\n", &["2:"]),
    (
        "phases.toml",
        "target = 'http://a'\n[[phase]]\ndurration = 1\narrivals = -5\n[[phase]]\nduration = '1 parsec'\nusers = 1\n\
         [[scenario]]\nstep = [{ stay = true }]\n",
        &[
            "2:1: a phase needs `duration`",
            "3:1: unknown field `durration` of a phase: did you mean `duration`?",
            "4:12: the number -5: expected a number that is not negative",
            "6:12: `1 parsec` is not a time",
        ],
    ),
    (
        "steps.toml",
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\n[[scenario.step]]\nemitt = 'x'\n\
         [[scenario.step]]\nemit = 'x {{ nam }}'\nack = { timeout = 'x', chek = '1' }\n\
         [[scenario.step]]\nthink = 1\nwait = 'x'\n[[scenario.step]]\nhttp = 'login'\n",
        &[
            "5:1: a step needs one of `emit`, ",
            "and found `emitt`: did you mean `emit`?",
            "8:8: template: unknown variable `nam`",
            "9:19: `x` is not a time",
            "9:24: unknown field `chek` of an ack: did you mean `check`?",
            "beside `wait`: a step has one of them",
            "expected a method and a URL",
        ],
    ),
    (
        "data.toml",
        "target = 'http://a'\n[[data]]\nfile = 'data.csv'\n[[phase]]\npause = 1\n\
         [[scenario]]\nstep = [{ stay = true }]\n",
        &["3:8: ", "data.csv:3: 1 columns, expected 2: `b` is missing"],
    ),
    (
        "artillery.yml",
        "config:\n  target: http://a\n  processor: x.js\n  phases: [{ duration: 1, arrivalRate: 1 }]\nscenarios:\n\
         - engine: socketio\n  flow:\n  - function: f\n  - emit: { channel: x, data: '{{ $nope }}' }\n  - get: { url: /, afterResponse: f }\n",
        &[
            "3:3: unknown field `processor` of config",
            ": a step needs one of `emit`, ",
            "9:31: `$nope` is not understood",
            "10:20: unknown field `afterResponse` of a request",
        ],
    ),
];

#[tokio::test]
async fn every_mistake_names_its_place_and_what_was_expected() {
    let folder = Folder::new("mistakes");
    folder.write("data.csv", "a,b\n1,2\n3\n");
    for (name, content, mistakes) in MISTAKES {
        let file = folder.write(name, content);
        for command in ["check", "run"] {
            let output = tidewire_load(&folder, &[command, &file]).await;
            assert_eq!(status(&output), 2, "{name}");
            let found = errors(&output);
            for mistake in *mistakes {
                assert!(
                    found.contains(mistake),
                    "{name}: no `{mistake}` in\n{found}"
                );
            }
        }
    }
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
