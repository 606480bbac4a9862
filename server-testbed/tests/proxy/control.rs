//! Commands over HTTP, and the program's options.

use std::process::{Command, Output};

use tidewire_testbed::{script_text, serve_control};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::sides::{Place, within};

struct Control {
    address: std::net::SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Control {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let Place { proxy, .. } = Place::new("").await;
        let serving = tokio::spawn(async { serve_control(proxy, listener).await.unwrap() });
        Self { address, serving }
    }

    /// Returns the status and the text.
    async fn post(&self, script: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /script HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            script.len()
        );
        let answer = async {
            stream
                .write_all(&[head.as_bytes(), script].concat())
                .await
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let answer = within("an answer", answer).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place() {
    let control = Control::start().await;
    for (script, place) in [
        (
            &b"cut\non message up \"\xe9\": drop\n"[..],
            "line 2, column 16: write the script in UTF-8",
        ),
        (b"\xff", "line 1, column 1: write the script in UTF-8"),
        (
            b"heal\nlatency 99999999999999999999999",
            "line 2, column 9: write a whole number of milliseconds",
        ),
        (
            b"latency 3600001",
            "line 1, column 9: write at most 3600000 milliseconds",
        ),
        (b"latency +5", "line 1, column 9: write a whole number"),
        (b"bandwidth -1", "line 1, column 11: write a whole number"),
        (b"split 1e3", "line 1, column 7: write a whole number"),
        (b"explode", "line 1, column 1: write a trigger"),
        (
            b"on message up: hang",
            "line 1, column 16: this fault is not one of this trigger",
        ),
        (
            b"on message up: status 204",
            "line 1, column 16: this fault is not one of this trigger",
        ),
        (
            b"on request: status 100",
            "line 1, column 20: write a status from 200 to 599",
        ),
        (b"on request +1: reset", "line 1, column 12: write `:`"),
        (
            b"on message up: inject \"a\\nb\"",
            "line 1, column 25: write `\\\"` or `\\\\`",
        ),
        (b"after 5 cut", "line 1, column 9: write `:`"),
        (b"\0", "line 1, column 1: write a trigger"),
    ] {
        let (status, text) = control.post(script).await;
        assert!(
            status == 400 && text.starts_with(place),
            "{script:?}: {status} {text}"
        );
    }
    let long = format!("cut\non request \"{}\": reset", "a".repeat(1001));
    let (status, text) = control.post(long.as_bytes()).await;
    assert!(
        status == 400 && text.starts_with("line 2, column 12: write at most 1000 bytes"),
        "{text}"
    );
}

#[tokio::test]
async fn a_script_that_is_too_long_or_has_too_many_rules_is_refused() {
    let control = Control::start().await;
    let (status, _) = control.post(&vec![b'#'; 3 * 1024 * 1024]).await;
    assert_eq!(status, 413);
    assert_eq!(
        control
            .post("on request: reset\n".repeat(10_000).as_bytes())
            .await,
        (200, "ok\n".to_owned())
    );
    let (status, text) = control.post(b"on request: reset").await;
    assert!(
        status == 400 && text.starts_with("line 1, column 1: there are 10000 rules already"),
        "{text}"
    );
    assert_eq!(
        control
            .post("\u{feff}heal\r\non request: reset\r\n".as_bytes())
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn any_change_of_a_script_is_taken_or_is_a_mistake_with_a_place() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/faults");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let scripts = files.filter(|path| path.extension().is_some_and(|it| it == "faults"));
    let place = Place::new("").await;
    let mut mistakes = 0;
    for path in scripts {
        let script = std::fs::read(path).unwrap();
        for index in 0..script.len() {
            for byte in [0, b' ', b'"', b':', b'9', b'\n', 0xc3, 0xff] {
                let mut changed = script.clone();
                changed[index] = byte;
                let result = script_text(&changed).and_then(|text| place.proxy.run(text));
                place.proxy.run("heal").unwrap();
                // Lets timed statements learn that they are taken back.
                tokio::task::yield_now().await;
                let Err(error) = result else { continue };
                mistakes += 1;
                let text = error.to_string();
                let line = text
                    .strip_prefix("line ")
                    .and_then(|it| it.split_once(", column "))
                    .unwrap();
                let column = line.1.split_once(": ").unwrap();
                let lines = changed.split(|byte| *byte == b'\n').count();
                assert!((1..=lines).contains(&line.0.parse().unwrap()), "{text}");
                assert!(
                    column.0.parse::<usize>().unwrap() > 0 && !column.1.is_empty(),
                    "{text}"
                );
            }
        }
    }
    assert!(mistakes > 1000, "{mistakes}");
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidewire-testbed"));
    command.arg("fault-proxy").args(arguments).output().unwrap()
}

#[test]
fn a_url_that_the_proxy_would_not_honour_is_refused() {
    for url in [
        "http://127.0.0.1:3000/path",
        "http://127.0.0.1:3000/?a=b",
        "http://127.0.0.1:3000/#a",
        "http://user@127.0.0.1:3000",
        "http://127.0.0.1:0",
        "https://127.0.0.1:3000",
        "ws://127.0.0.1:3000",
    ] {
        let output = program(&["--to", url]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && text.contains("write http://HOST:PORT"),
            "{url}: {text}"
        );
    }
}

#[test]
fn a_script_file_with_a_mistake_is_named() {
    let path = std::env::temp_dir().join(format!("tidewire-{}.faults", std::process::id()));
    std::fs::write(&path, b"cut\n\xff").unwrap();
    let output = program(&[
        "--to",
        "http://127.0.0.1:3000",
        "--script",
        path.to_str().unwrap(),
    ]);
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(".faults: line 2, column 1: write the script in UTF-8"),
        "{text}"
    );
}
