//! Checks clients that poll: their packets wait for them, up to a limit.

use serde_json::json;
use tidewire_testbed::{Config, Testbed, spawn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{self, Answer};
use crate::raw::{BOTH, EngineVersion, Raw, TIMEOUT, json};

const LIMIT: usize = 1_000_000;

/// A client over polling, without a pending request.
pub(crate) struct Poller {
    version: EngineVersion,
    /// The path of its requests.
    pub(crate) path: String,
}

/// Connects to `/lab`.
pub(crate) async fn open(testbed: &Testbed, version: EngineVersion) -> Poller {
    let path = format!("/socket.io/?EIO={}&transport=polling", version as u8);
    let open = http::get(testbed, &path, "").await.body;
    let (start, end) = (open.find('{').expect("JSON"), open.find('}').expect("JSON"));
    let sid = json(&open[start..=end])["sid"]
        .as_str()
        .expect("a text")
        .to_owned();
    let path = format!("{path}&sid={sid}");
    let poller = Poller { version, path };
    poller.send(testbed, "40/lab,").await;
    // Engine.IO 4 begins with a heartbeat, Engine.IO 3 with the connection to `/`, in any order.
    let mut received: Vec<String> = Vec::new();
    while received.len() < 2 {
        received.extend(poller.frames(testbed).await);
    }
    assert!(received.iter().any(|frame| frame.starts_with("40/lab")));
    poller
}

impl Poller {
    async fn send(&self, testbed: &Testbed, packet: &str) {
        let body = match self.version {
            EngineVersion::Eio3 => format!("{}:{packet}", packet.len()),
            EngineVersion::Eio4 => packet.to_owned(),
        };
        let answer = http::post(testbed, &self.path, "", &body).await;
        assert_eq!(answer.status, 200);
    }

    async fn poll(&self, testbed: &Testbed) -> Answer {
        http::get(testbed, &self.path, "").await
    }

    /// Returns the packets of the next answer that are not heartbeats.
    async fn packets(&self, testbed: &Testbed) -> Vec<String> {
        let mut packets = self.frames(testbed).await;
        packets.retain(|packet| packet != "2" && packet != "3");
        packets
    }

    /// Returns the packets of the next answer. They must be ASCII.
    async fn frames(&self, testbed: &Testbed) -> Vec<String> {
        let answer = self.poll(testbed).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut rest = answer.body.as_str();
        let mut packets = Vec::new();
        while !rest.is_empty() {
            let (packet, others) = match self.version {
                EngineVersion::Eio3 => {
                    let (length, packets) = rest.split_once(':').expect("a length");
                    packets.split_at(length.parse().expect("a number"))
                }
                EngineVersion::Eio4 => rest.split_once('\u{1e}').unwrap_or((rest, "")),
            };
            packets.push(packet.to_owned());
            rest = others;
        }
        packets
    }
}

async fn testbed() -> Testbed {
    let config = Config {
        max_buffer_bytes: LIMIT,
        ..Config::default()
    };
    spawn(config).await.expect("a free port")
}

/// Waits until a condition holds.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(TIMEOUT, wait).await;
    in_time.map_err(|_| what).expect("it holds in time");
}

async fn waiting(testbed: &Testbed) -> usize {
    let waiting = http::metric(testbed, "waiting_bytes").await;
    usize::try_from(waiting).expect("not negative")
}

#[tokio::test]
async fn a_client_that_never_polls_again_is_disconnected_when_others_send() {
    for version in BOTH {
        let testbed = testbed().await;
        let poller = open(&testbed, version).await;
        poller.send(&testbed, r#"42/lab,["join","room"]"#).await;
        let mut sender = Raw::open(&testbed, BOTH[1], "").await;
        sender.connect("/lab").await;
        let say = json!(["say", "room", "x".repeat(200_000)]);
        let mut sent = 0;
        while http::metric(&testbed, "slow_clients_total").await == 0 {
            sent += 1;
            assert!(sent < 100, "the client is still there");
            sender.send(&format!("42/lab,7{say}")).await;
            assert_eq!(sender.text().await, "43/lab,7[]");
            let waiting = waiting(&testbed).await;
            assert!(waiting <= LIMIT, "{waiting}");
        }
        // What waited is forgotten, and the session has ended.
        until("the client is gone", async || {
            http::metric(&testbed, "connections").await == 1
        })
        .await;
        assert_eq!(waiting(&testbed).await, 0);
        assert_eq!(poller.poll(&testbed).await.status, 400);
        assert_eq!(http::metric(&testbed, "slow_clients_total").await, 1);
    }
}

#[tokio::test]
async fn what_a_client_asks_for_itself_waits_until_it_polls() {
    const COUNT: u64 = 1_000;
    for version in BOTH {
        let testbed = testbed().await;
        let poller = open(&testbed, version).await;
        let text = "x".repeat(10_000);
        let flood = json!(["flood", COUNT, text]);
        poller.send(&testbed, &format!("42/lab,{flood}")).await;
        until("the server stops", async || {
            waiting(&testbed).await >= LIMIT / 2
        })
        .await;
        let mut received: Vec<String> = Vec::new();
        while received.last().is_none_or(|last| !is_flooded(last)) {
            received.extend(poller.packets(&testbed).await);
            let waiting = waiting(&testbed).await;
            assert!(waiting <= LIMIT, "{waiting}");
        }
        let ticks = (0..COUNT).map(|number| json!(["tick", number, text]));
        let expected = ticks.chain([json!(["flooded", COUNT])]);
        let expected: Vec<_> = expected.map(|event| format!("42/lab,{event}")).collect();
        assert!(received == expected, "{} packets", received.len());
        assert_eq!(waiting(&testbed).await, 0);
    }
}

fn is_flooded(packet: &str) -> bool {
    packet.starts_with(r#"42/lab,["flooded""#)
}

#[tokio::test]
async fn few_packets_are_the_answer_to_one_poll() {
    let testbed = testbed().await;
    for version in BOTH {
        let poller = open(&testbed, version).await;
        let echo = |number| format!(r#"42/lab,["echo",{number}]"#);
        for number in 0..10 {
            poller.send(&testbed, &echo(number)).await;
        }
        let mut received: Vec<String> = Vec::new();
        let mut polls = 0;
        while received.len() < 10 {
            received.extend(poller.packets(&testbed).await);
            polls += 1;
        }
        assert_eq!(received, (0..10).map(echo).collect::<Vec<_>>());
        // The last echo may come after the answer to its request.
        assert!(polls <= 2, "{polls}");
    }
}

#[tokio::test]
async fn an_upgrade_waits_until_the_client_has_polled() {
    let testbed = testbed().await;
    let poller = open(&testbed, EngineVersion::Eio4).await;
    poller.send(&testbed, r#"42/lab,["echo","before"]"#).await;
    until("the echo waits", async || waiting(&testbed).await > 0).await;
    let mut stream = TcpStream::connect(testbed.address()).await.unwrap();
    let path = poller.path.replace("=polling", "=websocket");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // Other requests are answered meanwhile.
    for _ in 0..20 {
        assert!(waiting(&testbed).await > 0);
    }
    let early = stream.try_read(&mut [0; 100]);
    assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let received = poller.packets(&testbed).await;
    assert_eq!(received, [r#"42/lab,["echo","before"]"#]);
    let mut answer = [0; 12];
    let read = tokio::time::timeout(TIMEOUT, stream.read_exact(&mut answer)).await;
    read.expect("no hang").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
}

#[tokio::test]
async fn a_refused_upgrade_changes_nothing() {
    let testbed = testbed().await;
    let poller = open(&testbed, EngineVersion::Eio4).await;
    let path = poller.path.replace("=polling", "=websocket");
    let answer = http::get(&testbed, &path, "").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    poller.send(&testbed, r#"42/lab,["echo","after"]"#).await;
    until("the echo waits", async || waiting(&testbed).await > 0).await;
    let received = poller.packets(&testbed).await;
    assert_eq!(received, [r#"42/lab,["echo","after"]"#]);
}

#[tokio::test]
async fn two_polls_at_once_end_a_session() {
    let testbed = testbed().await;
    let poller = open(&testbed, EngineVersion::Eio4).await;
    let (one, two) = tokio::join!(poller.poll(&testbed), poller.poll(&testbed));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(poller.poll(&testbed).await.status, 400);
}
