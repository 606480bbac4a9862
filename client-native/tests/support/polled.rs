//! A server for HTTP polling, over a [`Scripted`] server: the test answers each request.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::guarded;
use super::scripted::{Scripted, read_head};

/// An HTTP request that the test has not answered yet.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) body: String,
    pub(crate) stream: TcpStream,
}

impl Request {
    /// Accepts the next request.
    pub(crate) async fn next(server: &Scripted) -> Request {
        Request::of(server.accept_tcp().await).await
    }

    /// Reads the request of a connection.
    pub(crate) async fn of(mut stream: TcpStream) -> Request {
        let head = read_head(&mut stream).await;
        let lower = head.to_ascii_lowercase();
        let length = lower
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        guarded(stream.read_exact(&mut body)).await.expect("a body");
        Request {
            method: head.split(' ').next().expect("a method").to_owned(),
            body: String::from_utf8(body).expect("text"),
            stream,
        }
    }

    /// Accepts the next request and checks its method.
    pub(crate) async fn expect(server: &Scripted, method: &str) -> Request {
        let request = Request::next(server).await;
        assert_eq!(request.method, method, "{request:?}");
        request
    }

    /// Accepts the next two requests: a GET and a POST, in any order.
    pub(crate) async fn get_and_post(server: &Scripted) -> (Request, Request) {
        let (first, second) = (Request::next(server).await, Request::next(server).await);
        let (get, post) = if first.method == "GET" {
            (first, second)
        } else {
            (second, first)
        };
        assert_eq!((get.method.as_str(), post.method.as_str()), ("GET", "POST"));
        (get, post)
    }

    /// Responds with 200 and closes, so that the next request needs a new connection.
    pub(crate) async fn respond(mut self, body: &str) {
        let length = body.len();
        let response = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let written = self.stream.write_all(response.as_bytes()).await;
        written.expect("the client is connected");
    }
}

/// Connects the next client to `/`; returns the poll (GET) that it then leaves waiting.
pub(crate) async fn accept_namespace(server: &Scripted, handshake: &str) -> Request {
    let opening = Request::expect(server, "GET").await;
    opening.respond(handshake).await;
    let (get, post) = Request::get_and_post(server).await;
    assert_eq!(post.body, "40");
    post.respond("ok").await;
    get.respond(r#"40{"sid":"socket"}"#).await;
    Request::expect(server, "GET").await
}
