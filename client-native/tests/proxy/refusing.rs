//! What does not go through a proxy, and what the error says one can do.

use std::time::Duration;

use tidewire::{BuildError, Builder, Client, ConnectError, OpenError, Transport, TransportError};

use crate::support::proxy::{Manner, Proxy};
use crate::support::scripted::Scripted;
use crate::support::{guarded, run};
use crate::{KINDS, fault};

/// Each transport, with and without TLS: for none of these does a server have to answer.
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
fn a_proxy_that_wants_credentials_is_told_with_advice() {
    run(async {
        let proxy = Proxy::start(Manner::Wants("me", "secret")).await;
        for scheme in KINDS {
            for client in clients(&proxy.url(scheme, "")) {
                let why = fault(client).await;
                assert!(
                    why.contains(&format!("{scheme}://name:password@host:port")),
                    "{why}"
                );
                assert!(why.contains(&format!("127.0.0.1:{}", proxy.port)), "{why}");
            }
            for client in clients(&proxy.url(scheme, "me:wrong@")) {
                let why = fault(client).await;
                assert!(
                    why.contains("does not accept the user name and password"),
                    "{why}"
                );
                assert!(!why.contains("wrong"), "{why}");
            }
        }
        assert!(proxy.let_through().is_empty());
    });
}

#[test]
fn a_proxy_that_refuses_is_told_with_its_reason() {
    run(async {
        // SOCKS5: "connection not allowed by ruleset".
        let proxy = Proxy::start(Manner::Refuses(2)).await;
        for scheme in ["socks5", "socks5h"] {
            for client in clients(&proxy.url(scheme, "")) {
                let why = fault(client).await;
                assert!(why.contains("not allowed"), "{why}");
            }
        }
        let proxy = Proxy::start(Manner::Refuses(403)).await;
        let [plain, polling, secure, secure_polling] =
            clients(&proxy.url("http", "")).try_into().unwrap();
        for client in [plain, secure] {
            let why = fault(client).await;
            assert!(why.contains("403") && why.contains("127.0.0.1:9"), "{why}");
        }
        fault(secure_polling).await;
        // Without a tunnel the answer could be the server's.
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
fn a_proxy_that_is_not_there_is_told() {
    run(async {
        let nobody = Scripted::start().await.port();
        for scheme in KINDS {
            for client in clients(&format!("{scheme}://127.0.0.1:{nobody}")) {
                let why = fault(client).await;
                assert!(why.contains(&format!("127.0.0.1:{nobody}")), "{why}");
            }
        }
    });
}

#[test]
fn a_silent_proxy_is_not_waited_for() {
    run(async {
        let proxy = Proxy::start(Manner::Silent).await;
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
fn what_is_no_proxy_is_told() {
    run(async {
        let endless: &'static [u8] = vec![b'x'; 64 << 10].leak();
        for words in [
            &b""[..],
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"HTTP/1.1 200 OK",
            b"\x05",
            endless,
        ] {
            let proxy = Proxy::start(Manner::Says(words)).await;
            for scheme in KINDS {
                let client = Client::builder("http://127.0.0.1:9/").proxy(&proxy.url(scheme, ""));
                fault(client).await;
            }
        }
    });
}

#[test]
fn a_server_that_is_not_behind_the_proxy_is_told() {
    run(async {
        let proxy = Proxy::start(Manner::Open).await;
        let nobody = Scripted::start().await.port();
        let url = format!("http://127.0.0.1:{nobody}/");
        for scheme in ["socks5", "socks5h"] {
            let why = fault(Client::builder(&url).proxy(&proxy.url(scheme, ""))).await;
            assert!(why.to_lowercase().contains("refused"), "{why}");
        }
        // The proxy hangs up, which is all this one says.
        fault(Client::builder(&url).proxy(&proxy.url("http", ""))).await;
    });
}

#[test]
fn a_url_that_is_no_proxys_is_refused() {
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
