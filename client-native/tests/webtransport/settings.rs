//! The settings of a client: the URL, headers, cookies, certificates, a proxy.

use std::time::Duration;

use tidewire::{ConnectError, Transport, TransportError, error_text};
use tidewire_testbed::free_port;
use tokio::io::AsyncWriteExt;
use wtransport::VarInt;

use crate::scripted::{Conn, Scripted};
use crate::support::polled::Request;
use crate::support::scripted::Scripted as Polled;
use crate::support::{guarded, run};

fn source(failed: ConnectError) -> TransportError {
    match failed {
        ConnectError::Unreachable { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_request_has_the_query_headers_and_cookies() {
    run(async {
        let server = Scripted::start();
        let builder = server
            .client()
            .query("token", "a b")
            .header("X-Tide", "wire")
            .header("X-Tide", "two")
            .header("Connection", "close")
            .cookie("session", "s1");
        let client = builder.build().unwrap();
        client.socket().start();
        let (connection, path, headers) = server.accept_session().await;
        assert_eq!(path, "/socket.io/?token=a+b&EIO=4&transport=webtransport");
        let header = |name: &str| {
            let found = headers.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(header("x-tide"), Some("wire, two"));
        assert_eq!(header("cookie"), Some("session=s1"));
        assert_eq!(header("connection"), None);
        let mut conn = Conn::new(connection).await.unwrap();
        assert_eq!(conn.text().await.as_deref(), Some("0"));
    });
}

#[test]
fn a_certificate_may_be_trusted_by_its_hash_or_its_root() {
    run(async {
        let server = Scripted::start();
        let pem = server.certificate();
        let known = server.stranger().root_certificate_pem(pem.as_bytes());
        for builder in [server.client(), known] {
            let (socket, ..) = server.connect_with(builder).await;
            guarded(socket.close()).await;
        }
    });
}

#[test]
fn another_certificate_is_refused_with_advice() {
    run(async {
        let server = Scripted::start();
        let strangers = [
            server.stranger(),
            server.stranger().server_certificate_hashes([[7; 32]]),
        ];
        for builder in strangers {
            let connecting = guarded(builder.reconnection(false).connect());
            let (failed, ()) = tokio::join!(connecting, server.is_refused());
            let failed = failed.unwrap_err();
            let text = error_text(&failed);
            assert!(matches!(source(failed), TransportError::Tls(_)), "{text}");
            assert!(text.contains("Builder::root_certificate_pem"), "{text}");
        }
    });
}

#[test]
fn a_proxy_is_not_passed_by() {
    run(async {
        let server = Scripted::start();
        let builder = server.client().proxy("http://127.0.0.1:1");
        let failed = guarded(builder.reconnection(false).connect()).await;
        let error = source(failed.unwrap_err());
        assert_eq!(
            error.to_string(),
            "the proxy carries no UDP: leave Transport::WebTransport out of Builder::transports"
        );
    });
}

#[test]
fn a_server_that_refuses_the_session_is_named() {
    run(async {
        let server = Scripted::start();
        let builder = server.client().reconnection(false);
        let builder = builder.connect_timeout(Duration::from_secs(20));
        let refusing = server.refuse_session();
        let (failed, ()) = tokio::join!(guarded(builder.connect()), refusing);
        let error = source(failed.unwrap_err());
        assert!(error.to_string().contains("refuses the session"), "{error}");
    });
}

#[test]
fn cookies_of_the_servers_response_are_not_read() {
    run(async {
        let server = Scripted::start();
        let client = server.client().build().unwrap();
        client.socket().start();
        let request = server.accept_request().await;
        let cookie = [("set-cookie", "session=s1")];
        let accepted = guarded(request.accept_with_headers(cookie)).await.unwrap();
        let mut conn = Conn::new(accepted).await.unwrap();
        assert_eq!(conn.text().await.as_deref(), Some("0"));
        conn.connection.close(VarInt::from_u32(0), b"");
        let (_connection, _, headers) = server.accept_session().await;
        assert!(
            headers.iter().all(|(name, _)| name != "cookie"),
            "{headers:?}"
        );
    });
}

#[test]
fn cookies_that_came_over_polling_go_into_the_request() {
    const HANDSHAKE: &str =
        r#"0{"sid":"engine","upgrades":["webtransport"],"pingInterval":25000,"pingTimeout":20000}"#;
    run(async {
        let port = free_port().unwrap();
        let http = Polled::start_at(port).await;
        let server = Scripted::start_at(port);
        let transports = [Transport::Polling, Transport::WebTransport];
        let builder = server.trusted_by(http.client("/").transports(transports));
        let client = builder.build().unwrap();
        client.socket().start();
        let mut opening = Request::expect(&http, "GET").await;
        let response = format!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: node=a; Path=/\r\nContent-Length: {}\r\n\r\n{HANDSHAKE}",
            HANDSHAKE.len()
        );
        let written = opening.stream.write_all(response.as_bytes()).await;
        written.unwrap();
        let (_connection, _, headers) = server.accept_session().await;
        let cookie = ("cookie".to_owned(), "node=a".to_owned());
        assert!(headers.contains(&cookie), "{headers:?}");
    });
}
