//! Programs without a socket: an HTTP request to a server, a publication in Redis.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Server;

/// Publishes a text on a channel of the Redis that the server uses.
pub(crate) async fn publish(server: &Server, channel: &str, text: &str) {
    let port = server.redis_port();
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

/// Sends an HTTP request with JSON, in the name of Laravel. Returns the status and the content of the response.
pub(crate) async fn exchange(
    server: &Server,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, String) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: laravel\r\nAuthorization: Bearer key\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    stream.write_all((head + body).as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, content) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, content.to_owned())
}
