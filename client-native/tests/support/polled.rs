//! A server that is polled, request by request, over a [`Scripted`] server.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::guarded;
use super::scripted::Scripted;

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) body: String,
    pub(crate) stream: TcpStream,
}

impl Request {
    /// The next one.
    pub(crate) async fn next(server: &Scripted) -> Request {
        let (mut stream, head) = server.request().await;
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

    /// The next one, which is of this method.
    pub(crate) async fn expect(server: &Scripted, method: &str) -> Request {
        let request = Request::next(server).await;
        assert_eq!(request.method, method, "{request:?}");
        request
    }

    /// The next two, a GET and a POST in whatever order.
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

    /// Answers, so that the next request comes by a connection of its own.
    pub(crate) async fn answer(mut self, body: &str) {
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let answered = self.stream.write_all(reply.as_bytes()).await;
        answered.expect("the client is there");
    }
}

/// Lets the next client in; gives the poll that then waits.
pub(crate) async fn let_in(server: &Scripted, handshake: &str) -> Request {
    let opening = Request::expect(server, "GET").await;
    opening.answer(handshake).await;
    let (get, post) = Request::get_and_post(server).await;
    assert_eq!(post.body, "40");
    post.answer("ok").await;
    get.answer(r#"40{"sid":"socket"}"#).await;
    Request::expect(server, "GET").await
}
