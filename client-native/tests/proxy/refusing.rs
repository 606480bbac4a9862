//! Connections that a proxy refuses, and the advice in their errors.

use std::time::Duration;

use tidewire::{BuildError, Builder, Client, ConnectError, OpenError, Transport, TransportError};

use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::scripted::Scripted;
use crate::support::{guarded, run};
use crate::{KINDS, proxy_error};

/// A client for each transport, with and without TLS. None of them needs a server.
fn clients(proxy: &str) -> Vec<Builder> {
    let mut clients = Vec::new();
    for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/"] {
        for transport in [Transport::WebSocket, Transport::Polling] {
            clients.push(Client::builder(url).transports([transport]).proxy(proxy));
        }
    }
    clients
}

#[test]
fn a_proxy_that_requires_credentials_is_an_error_with_advice() {
    run(async {
        let proxy = Proxy::start(ProxyMode::Credentials("me", "secret")).await;
        for scheme in KINDS {
            for client in clients(&proxy.url(scheme, "")) {
                let why = proxy_error(client).await;
                assert!(
                    why.contains(&format!("{scheme}://name:password@host:port")),
                    "{why}"
                );
                assert!(why.contains(&format!("127.0.0.1:{}", proxy.port)), "{why}");
            }
            for client in clients(&proxy.url(scheme, "me:wrong@")) {
                let why = proxy_error(client).await;
                assert!(
                    why.contains("does not accept the user name and password"),
                    "{why}"
                );
                assert!(!why.contains("wrong"), "{why}");
            }
        }
        assert!(proxy.forwarded().is_empty());
    });
}

#[test]
fn a_proxy_that_refuses_is_an_error_with_its_reason() {
    run(async {
        // SOCKS5: "connection not allowed by ruleset".
        let proxy = Proxy::start(ProxyMode::Refuse(2)).await;
        for scheme in ["socks5", "socks5h"] {
            for client in clients(&proxy.url(scheme, "")) {
                let why = proxy_error(client).await;
                assert!(why.contains("not allowed"), "{why}");
            }
        }
        let proxy = Proxy::start(ProxyMode::Refuse(403)).await;
        let [plain, polling, secure, secure_polling] =
            clients(&proxy.url("http", "")).try_into().unwrap();
        for client in [plain, secure] {
            let why = proxy_error(client).await;
            assert!(why.contains("403") && why.contains("127.0.0.1:9"), "{why}");
        }
        proxy_error(secure_polling).await;
        // Without a tunnel the client cannot tell whether the response is from the server.
        let outcome = guarded(polling.connect()).await;
        assert!(
            matches!(
                outcome,
                Err(ConnectError::Unreachable {
                    source: TransportError::Status(403, _),
                    ..
                })
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_proxy_that_does_not_listen_is_an_error_with_its_address() {
    run(async {
        let unused = Scripted::start().await.port();
        for scheme in KINDS {
            for client in clients(&format!("{scheme}://127.0.0.1:{unused}")) {
                let why = proxy_error(client).await;
                assert!(why.contains(&format!("127.0.0.1:{unused}")), "{why}");
            }
        }
    });
}

#[test]
fn a_silent_proxy_is_a_timeout() {
    run(async {
        let proxy = Proxy::start(ProxyMode::Silent).await;
        for scheme in KINDS {
            for client in clients(&proxy.url(scheme, "")) {
                let client = client.connect_timeout(Duration::from_millis(50));
                let outcome = guarded(client.connect()).await;
                assert!(
                    matches!(
                        outcome,
                        Err(ConnectError::Unreachable {
                            source: TransportError::Handshake(OpenError::Timeout),
                            ..
                        })
                    ),
                    "{outcome:?}"
                );
            }
        }
    });
}

#[test]
fn a_server_that_is_not_a_proxy_is_an_error() {
    run(async {
        let endless: &'static [u8] = vec![b'x'; 64 << 10].leak();
        for reply in [
            &b""[..],
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"HTTP/1.1 200 OK",
            b"\x05",
            endless,
        ] {
            let proxy = Proxy::start(ProxyMode::Reply(reply)).await;
            for scheme in KINDS {
                let client = Client::builder("http://127.0.0.1:9/").proxy(&proxy.url(scheme, ""));
                proxy_error(client).await;
            }
        }
    });
}

#[test]
fn a_server_that_the_proxy_cannot_reach_is_an_error() {
    run(async {
        let proxy = Proxy::start(ProxyMode::Open).await;
        let unused = Scripted::start().await.port();
        let url = format!("http://127.0.0.1:{unused}/");
        for scheme in ["socks5", "socks5h"] {
            let why = proxy_error(Client::builder(&url).proxy(&proxy.url(scheme, ""))).await;
            assert!(why.to_lowercase().contains("refused"), "{why}");
        }
        // An HTTP proxy only closes the connection.
        proxy_error(Client::builder(&url).proxy(&proxy.url("http", ""))).await;
    });
}

#[test]
fn an_invalid_proxy_url_is_refused() {
    run(async {
        for url in [
            "",
            "proxy:8080",
            "https://proxy:8080",
            "socks4://proxy",
            "http://",
        ] {
            let outcome = Client::builder("http://localhost/").proxy(url).build();
            assert!(
                matches!(outcome, Err(BuildError::Proxy(_))),
                "{url}: {outcome:?}"
            );
        }
    });
}
