//! Connections that pass through a proxy.

use tidewire::{Bytes, Client, Transport};

use crate::KINDS;
use crate::support::events::expect_disconnected;
use crate::support::proxy::{Proxy, ProxyMode, ProxyRequest};
use crate::support::server::{Case, Kind, Server, TransportMode};
use crate::support::{guarded, reconnect_after, run};

/// Connects through a proxy and echoes; returns the requests that the proxy forwarded, and the port of the server.
async fn echo(
    mode: TransportMode,
    scheme: &str,
    proxy_mode: ProxyMode,
    credentials: &str,
) -> (Vec<ProxyRequest>, u16) {
    let server = Server::start(Case {
        kind: Kind::Testbed,
        mode,
    })
    .await;
    let proxy = Proxy::start(proxy_mode).await;
    let builder = server.client("/lab").proxy(&proxy.url(scheme, credentials));
    let socket = guarded(builder.connect()).await.unwrap();
    let wanted = mode.last();
    // An upgrade takes several round trips; each ack makes sure of one.
    while socket.client().transport() != Some(wanted) {
        let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
    }
    let sent = (Bytes::from_static(&[0, 255]), "höhe".to_owned());
    let back: (Bytes, String) = socket.emit_with_ack("echo", &sent).await.unwrap();
    assert_eq!(back, sent);
    socket.client().close().await;
    (proxy.forwarded(), server.port)
}

#[test]
fn a_websocket_passes_in_one_connection() {
    run(async {
        for scheme in KINDS {
            let (requests, port) =
                echo(TransportMode::WebSocket, scheme, ProxyMode::Open, "").await;
            let target = format!("127.0.0.1:{port}");
            let wanted = match scheme {
                "http" => ProxyRequest::Tunnel(target),
                _ => ProxyRequest::SocksAddress(target),
            };
            assert_eq!(requests, [wanted], "{scheme}");
        }
    });
}

#[test]
fn polling_passes() {
    run(async {
        for scheme in KINDS {
            let (requests, port) = echo(TransportMode::Polling, scheme, ProxyMode::Open, "").await;
            let target = format!("127.0.0.1:{port}");
            // The handshake, CONNECT, the event, and the polls between them; SOCKS5 sees connections, which are reused.
            let least = if scheme == "http" { 4 } else { 1 };
            assert!(requests.len() >= least, "{requests:?}");
            let wanted = match scheme {
                "http" => ProxyRequest::Forward(target),
                _ => ProxyRequest::SocksAddress(target),
            };
            assert!(
                requests.iter().all(|request| *request == wanted),
                "{requests:?}"
            );
        }
    });
}

#[test]
fn the_upgrade_passes() {
    run(async {
        let (requests, port) = echo(TransportMode::Upgrade, "http", ProxyMode::Open, "").await;
        let target = format!("127.0.0.1:{port}");
        let tunnels = requests
            .iter()
            .filter(|request| **request == ProxyRequest::Tunnel(target.clone()));
        assert_eq!(tunnels.count(), 1, "{requests:?}");
        assert!(
            requests.contains(&ProxyRequest::Forward(target)),
            "{requests:?}"
        );
        for scheme in ["socks5", "socks5h"] {
            let (requests, _) = echo(TransportMode::Upgrade, scheme, ProxyMode::Open, "").await;
            assert!(requests.len() >= 2, "{requests:?}");
        }
    });
}

#[test]
fn a_name_and_a_password_are_accepted() {
    run(async {
        for (name, password, credentials) in [
            ("me@home", "open: sesame", "me%40home:open%3A%20sesame@"),
            ("ümläut", "pä%ss", "%C3%BCml%C3%A4ut:p%C3%A4%25ss@"),
            ("token", "", "token@"),
        ] {
            for scheme in KINDS {
                for mode in [
                    TransportMode::WebSocket,
                    TransportMode::Polling,
                    TransportMode::Upgrade,
                ] {
                    let wants = ProxyMode::Credentials(name, password);
                    let (requests, _) = echo(mode, scheme, wants, credentials).await;
                    assert!(!requests.is_empty(), "{scheme} {mode:?}");
                }
            }
        }
    });
}

#[test]
fn names_are_resolved_by_the_client_or_by_the_proxy() {
    run(async {
        for transport in [Transport::WebSocket, Transport::Polling] {
            for scheme in KINDS {
                let server = Server::start(Kind::Testbed).await;
                let proxy = Proxy::start(ProxyMode::Open).await;
                let builder = Client::builder(format!("http://localhost:{}/lab", server.port))
                    .transports([transport])
                    .proxy(&proxy.url(scheme, ""));
                let socket = guarded(builder.connect()).await.unwrap();
                let first = proxy.forwarded().remove(0);
                let by_name = format!("localhost:{}", server.port);
                match (scheme, transport) {
                    ("http", Transport::Polling) => {
                        assert_eq!(first, ProxyRequest::Forward(by_name));
                    }
                    ("http", _) => assert_eq!(first, ProxyRequest::Tunnel(by_name)),
                    ("socks5h", _) => assert_eq!(first, ProxyRequest::SocksName(by_name)),
                    _ => assert!(matches!(first, ProxyRequest::SocksAddress(_)), "{first:?}"),
                }
                drop(socket);
            }
        }
    });
}

#[test]
fn a_lost_connection_is_reopened_through_the_proxy() {
    run(async {
        for scheme in KINDS {
            let server = Server::start(Kind::Testbed).await;
            let proxy = Proxy::start(ProxyMode::Open).await;
            let pause = std::time::Duration::from_millis(1);
            let builder = server.client("/lab").proxy(&proxy.url(scheme, ""));
            let socket = guarded(reconnect_after(builder, pause).connect())
                .await
                .unwrap();
            let mut events = socket.events();
            proxy.drop_connections();
            expect_disconnected(&mut events).await;
            guarded(socket.wait_connected()).await.unwrap();
            let ack: u8 = socket.emit_with_ack("echo", 3).await.unwrap();
            assert_eq!((ack, proxy.forwarded().len()), (3, 2), "{scheme}");
        }
    });
}

#[test]
fn polling_works_through_a_proxy_without_tunnels() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let proxy = Proxy::start(ProxyMode::NoTunnels).await;
        let through = |transports: &[Transport]| {
            let builder = server.client("/lab").transports(transports.to_vec());
            builder.proxy(&proxy.url("http", ""))
        };
        // The upgrade fails and the session stays on polling; or the next transport is tried.
        let (polling, websocket) = (Transport::Polling, Transport::WebSocket);
        for builder in [
            through(&[polling, websocket]),
            through(&[websocket, polling]).try_all_transports(true),
        ] {
            let socket = guarded(builder.connect()).await.unwrap();
            let ack: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
            assert_eq!((ack, socket.client().transport()), (1, Some(polling)));
        }
        let why = crate::proxy_error(through(&[websocket, polling])).await;
        assert!(why.contains("405"), "{why}");
        let target = format!("127.0.0.1:{}", server.port);
        let requests = proxy.forwarded();
        assert!(
            requests
                .iter()
                .all(|request| *request == ProxyRequest::Forward(target.clone())),
            "{requests:?}"
        );
    });
}

#[test]
fn an_upgrade_is_made_if_enabled_and_remembered_if_enabled() {
    run(async {
        let server = Server::start(Case {
            kind: Kind::Testbed,
            mode: TransportMode::Upgrade,
        })
        .await;
        let target = format!("127.0.0.1:{}", server.port);
        let (request, tunnel) = (
            ProxyRequest::Forward(target.clone()),
            ProxyRequest::Tunnel(target),
        );
        let pause = std::time::Duration::from_millis(1);

        let proxy = Proxy::start(ProxyMode::Open).await;
        let builder = server
            .client("/lab")
            .proxy(&proxy.url("http", ""))
            .upgrade(false);
        let socket = guarded(builder.connect()).await.unwrap();
        // An upgrade would have begun with the first response.
        for number in 0..10_u8 {
            let ack: u8 = socket.emit_with_ack("echo", number).await.unwrap();
            assert_eq!(ack, number);
        }
        assert_eq!(socket.client().transport(), Some(Transport::Polling));
        assert!(!proxy.forwarded().contains(&tunnel));

        for (remember, first) in [(false, &request), (true, &tunnel)] {
            let proxy = Proxy::start(ProxyMode::Open).await;
            let builder = server.client("/lab").proxy(&proxy.url("http", ""));
            let builder = reconnect_after(builder, pause).remember_upgrade(remember);
            let socket = guarded(builder.connect()).await.unwrap();
            while socket.client().transport() != Some(Transport::WebSocket) {
                let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
            }
            let _: u8 = socket.emit_with_ack("echo", 2).await.unwrap();
            let mut events = socket.events();
            let before = proxy.forwarded().len();
            proxy.drop_connections();
            expect_disconnected(&mut events).await;
            guarded(socket.wait_connected()).await.unwrap();
            assert_eq!(&proxy.forwarded()[before], first);
        }
    });
}
