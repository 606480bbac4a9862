//! Programs without a socket, which `run.mjs` plays for the page.

use serde::Deserialize;

use super::server::{Server, ask};

/// Publishes a text on a channel of the Redis that the server uses.
pub(crate) async fn publish(server: &Server, channel: &str, text: &str) {
    let command = format!("publish?port={}&channel={channel}", server.port);
    ask(command, Some(text)).await;
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    content: String,
}

/// Sends an HTTP request with JSON, in the name of Laravel. Returns the status and the content of the response.
pub(crate) async fn exchange(
    server: &Server,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, String) {
    let port = server.port;
    let command = format!("exchange?port={port}&method={method}&path={path}");
    let reply = ask(command, Some(body)).await;
    let Response { status, content } = serde_json::from_slice(&reply).unwrap();
    (status, content)
}
