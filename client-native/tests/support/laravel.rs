//! The side of Laravel: its broadcasts, through the HTTP interface of laravel-echo-server or through Redis.

use serde_json::{Value, json};

use super::programs::exchange;
use super::server::Server;
use super::yield_now;

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
        yield_now().await;
    }
}

/// Sends a request to the HTTP interface, whose answer must be JSON.
async fn request(server: &Server, method: &str, path: &str, body: &str) -> Value {
    let (status, response) = exchange(server, method, path, body).await;
    assert_eq!(status, 200, "{response}");
    serde_json::from_str(&response).unwrap()
}
