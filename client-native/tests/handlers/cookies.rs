//! Cookies: the user's and the server's go together with every request, and the newer value of a name counts.

use tidewire::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{guarded, run};

const OFFERS_WEBSOCKET: &str =
    r#"0{"sid":"engine","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;

/// The one `Cookie` header of a request.
fn cookie(request: &str) -> &str {
    let is_cookie = |line: &&str| line.to_ascii_lowercase().starts_with("cookie: ");
    let mut cookies = request.lines().filter(is_cookie);
    let cookie = &cookies.next().expect("a cookie")["cookie: ".len()..];
    assert_eq!(cookies.next(), None, "{request}");
    cookie
}

/// Responds with these headers, and closes.
async fn respond(mut stream: TcpStream, head: &str, body: &str) {
    let length = body.len();
    let response =
        format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await.unwrap();
}

#[test]
fn polling_and_its_upgrade_send_the_cookies_of_user_and_server() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .transports([Transport::Polling, Transport::WebSocket])
            .header("Cookie", "session=\"s 1\"; io=old; theme={\"a\":1,\"b\":2}")
            .cookie("lang", "de");
        let client = builder.build().unwrap();
        client.socket().start();
        let (opening, request) = server.accept_request().await;
        assert_eq!(
            cookie(&request),
            "session=\"s 1\"; io=old; theme={\"a\":1,\"b\":2}; lang=de"
        );
        let set = "200 OK\r\nSet-Cookie: io=new; Path=/; HttpOnly\r\nSet-Cookie: lb=7; Path=/socket.io/; SameSite=Lax";
        respond(opening, set, OFFERS_WEBSOCKET).await;
        let expected = "session=\"s 1\"; theme={\"a\":1,\"b\":2}; lang=de; io=new; lb=7";
        // A poll, the POST of CONNECT and the WebSocket, in any order.
        let mut seen = Vec::new();
        for _ in 0..3 {
            let (stream, request) = server.accept_request().await;
            assert_eq!(cookie(&request), expected);
            let is_upgrade = request.to_ascii_lowercase().contains("upgrade: websocket");
            let method = request.split(' ').next().unwrap();
            let kind = if is_upgrade { "upgrade" } else { method };
            seen.push((kind.to_owned(), stream));
        }
        seen.sort_by(|(one, _), (other, _)| one.cmp(other));
        let kinds: Vec<&str> = seen.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["GET", "POST", "upgrade"]);
        // An error response counts as well: balancers set their cookie on all.
        let (_, mut post) = seen.remove(1);
        let mut connect = [0; 2];
        guarded(post.read_exact(&mut connect)).await.unwrap();
        respond(post, "502 Bad Gateway\r\nSet-Cookie: lb=8", "").await;
        let (_stream, request) = server.accept_request().await;
        let expected = expected.replace("lb=7", "lb=8");
        assert_eq!(cookie(&request), expected);
    });
}

#[test]
fn a_websocket_sends_the_cookies_of_earlier_handshakes() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").header("cookie", "a=1; lb=0");
        let socket = builder.build().unwrap().socket();
        socket.start();
        let (stream, request) = server.accept_request().await;
        assert_eq!(cookie(&request), "a=1; lb=0");
        respond(stream, "503 Service Unavailable\r\nSet-Cookie: lb=1", "").await;
        let (stream, request) = server.accept_request().await;
        assert_eq!(cookie(&request), "a=1; lb=1");
        accept_with_cookie(stream, &request, "lb=2").await;
        let (_stream, request) = server.accept_request().await;
        assert_eq!(cookie(&request), "a=1; lb=2");
    });
}

/// Accepts the WebSocket with a cookie, sends the handshake, and hangs up.
async fn accept_with_cookie(mut stream: TcpStream, request: &str, cookie: &str) {
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap();
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSet-Cookie: {cookie}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let frame = [&[0x81, 126, 0, HANDSHAKE.len() as u8], HANDSHAKE.as_bytes()].concat();
    stream.write_all(&frame).await.unwrap();
}
