//! The side of Laravel: its broadcasts, through the HTTP interface of laravel-echo-server or through Redis.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Server;

/// Broadcasts an event on a channel, except to the socket with the id `except`.
pub(crate) async fn broadcast(
    server: &Server,
    channel: &str,
    event: &str,
    data: Value,
    except: Option<&str>,
) {
    let body = json!({"channel": channel, "name": event, "data": data, "socket_id": except});
    let response = request(server, "POST", "/apps/app/events", &body.to_string()).await;
    assert_eq!(response, json!({"message": "ok"}));
}

/// Waits until a channel has so many subscriptions: the server confirms those of presence channels only.
pub(crate) async fn subscribed(server: &Server, channel: &str, count: u64) {
    loop {
        let path = format!("/apps/app/channels/{channel}");
        let response = request(server, "GET", &path, "").await;
        if response["subscription_count"] == count {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Publishes a text on a channel of Redis.
pub(crate) async fn publish(port: u16, channel: &str, text: &str) {
    let mut redis = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut command = String::from("*3\r\n");
    for part in ["PUBLISH", channel, text] {
        command.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    redis.write_all(command.as_bytes()).await.unwrap();
    let mut answer = [0; 1];
    redis.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, *b":", "Redis answers with the number of receivers");
}

async fn request(server: &Server, method: &str, path: &str, body: &str) -> Value {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: laravel\r\nAuthorization: Bearer key\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let response = exchange(server.port, &(head + body)).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{response}");
    serde_json::from_str(body).unwrap()
}

/// Sends an HTTP request and returns the response as it is.
pub(crate) async fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}
