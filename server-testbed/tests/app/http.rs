//! HTTP requests without a library.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tidewire_testbed::Testbed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw::TIMEOUT;

/// A status with head and body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

pub(crate) async fn get(testbed: &Testbed, path: &str, headers: &str) -> Answer {
    get_from(testbed.address(), path, headers).await
}

pub(crate) async fn get_from(address: SocketAddr, path: &str, headers: &str) -> Answer {
    request(address, &format!("GET {path} HTTP/1.1\r\n{headers}"), "").await
}

pub(crate) async fn post(testbed: &Testbed, path: &str, headers: &str, body: &str) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n{headers}");
    request(testbed.address(), &head, body).await
}

/// Returns the value of a metric.
pub(crate) async fn metric(testbed: &Testbed, name: &str) -> i64 {
    let text = get(testbed, "/metrics", "").await.body;
    let prefix = format!("tidewire_testbed_{name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
    line.expect("the metric exists").parse().expect("a number")
}

/// Waits until a metric has a value.
pub(crate) async fn wait_for_metric(testbed: &Testbed, name: &str, value: i64) {
    let wait = async {
        while metric(testbed, name).await != value {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(TIMEOUT, wait).await;
    waited
        .map_err(|_| format!("{name} does not become {value}"))
        .expect("it becomes so");
}

async fn request(address: SocketAddr, head: &str, body: &str) -> Answer {
    let exchange = exchange(address, head, body);
    let answer = tokio::time::timeout(TIMEOUT, exchange).await;
    answer.map_err(|_| head).expect("an answer in time")
}

async fn exchange(address: SocketAddr, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("a server");
    let length = body.len();
    let text =
        format!("{head}Host: test\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream
        .write_all(text.as_bytes())
        .await
        .expect("an open connection");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    Answer {
        status: head[9..12].parse().expect("a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
