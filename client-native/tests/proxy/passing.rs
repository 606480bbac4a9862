//! What goes through a proxy: all of it.

use tidewire::{Bytes, Client, Transport};

use crate::KINDS;
use crate::support::proxy::{Asked, Manner, Proxy};
use crate::support::server::{Case, Kind, Server, Way};
use crate::support::{guarded, run};

/// Connects through a proxy of this kind and echoes; gives what the proxy was asked for.
async fn echoes(way: Way, scheme: &str, manner: Manner, credentials: &str) -> (Vec<Asked>, u16) {
    let server = Server::start(Case {
        kind: Kind::Testbed,
        way,
    })
    .await;
    let proxy = Proxy::start(manner).await;
    let builder = server.client("/lab").proxy(&proxy.url(scheme, credentials));
    let socket = guarded(builder.connect()).await.unwrap();
    let wanted = match way {
        Way::Polling => Transport::Polling,
        Way::WebSocket | Way::Upgrade => Transport::WebSocket,
    };
    // An upgrade takes its time; every answer is one more step of it.
    while socket.client().transport() != Some(wanted) {
        let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
    }
    let sent = (Bytes::from_static(&[0, 255]), "höhe".to_owned());
    let back: (Bytes, String) = socket.emit_with_ack("echo", &sent).await.unwrap();
    assert_eq!(back, sent);
    socket.client().close().await;
    (proxy.let_through(), server.port)
}

#[test]
fn a_websocket_goes_through_in_one_connection() {
    run(async {
        for scheme in KINDS {
            let (asked, port) = echoes(Way::WebSocket, scheme, Manner::Open, "").await;
            let target = format!("127.0.0.1:{port}");
            let wanted = match scheme {
                "http" => Asked::Tunnel(target),
                _ => Asked::Address(target),
            };
            assert_eq!(asked, [wanted], "{scheme}");
        }
    });
}

#[test]
fn polling_goes_through() {
    run(async {
        for scheme in KINDS {
            let (asked, port) = echoes(Way::Polling, scheme, Manner::Open, "").await;
            let target = format!("127.0.0.1:{port}");
            // The handshake, CONNECT, the event, and the polls between them; SOCKS5 sees connections, which are kept.
            let least = if scheme == "http" { 4 } else { 1 };
            assert!(asked.len() >= least, "{asked:?}");
            let wanted = match scheme {
                "http" => Asked::Request(target),
                _ => Asked::Address(target),
            };
            assert!(asked.iter().all(|asked| *asked == wanted), "{asked:?}");
        }
    });
}

#[test]
fn the_upgrade_goes_through() {
    run(async {
        let (asked, port) = echoes(Way::Upgrade, "http", Manner::Open, "").await;
        let target = format!("127.0.0.1:{port}");
        let tunnels = asked
            .iter()
            .filter(|asked| **asked == Asked::Tunnel(target.clone()));
        assert_eq!(tunnels.count(), 1, "{asked:?}");
        assert!(asked.contains(&Asked::Request(target)), "{asked:?}");
        for scheme in ["socks5", "socks5h"] {
            let (asked, _) = echoes(Way::Upgrade, scheme, Manner::Open, "").await;
            assert!(asked.len() >= 2, "{asked:?}");
        }
    });
}

#[test]
fn a_name_and_a_password_open_it() {
    run(async {
        for (name, password, credentials) in [
            ("me@home", "open: sesame", "me%40home:open%3A%20sesame@"),
            ("ümläut", "pä%ss", "%C3%BCml%C3%A4ut:p%C3%A4%25ss@"),
            ("token", "", "token@"),
        ] {
            for scheme in KINDS {
                for way in [Way::WebSocket, Way::Polling, Way::Upgrade] {
                    let wants = Manner::Wants(name, password);
                    let (asked, _) = echoes(way, scheme, wants, credentials).await;
                    assert!(!asked.is_empty(), "{scheme} {way:?}");
                }
            }
        }
    });
}

#[test]
fn names_are_looked_up_here_or_by_the_proxy() {
    run(async {
        for transport in [Transport::WebSocket, Transport::Polling] {
            for scheme in KINDS {
                let server = Server::start(Kind::Testbed).await;
                let proxy = Proxy::start(Manner::Open).await;
                let builder = Client::builder(format!("http://localhost:{}/lab", server.port))
                    .transports([transport])
                    .proxy(&proxy.url(scheme, ""));
                let socket = guarded(builder.connect()).await.unwrap();
                let first = proxy.let_through().remove(0);
                let by_name = format!("localhost:{}", server.port);
                match (scheme, transport) {
                    ("http", Transport::Polling) => assert_eq!(first, Asked::Request(by_name)),
                    ("http", _) => assert_eq!(first, Asked::Tunnel(by_name)),
                    ("socks5h", _) => assert_eq!(first, Asked::Name(by_name)),
                    _ => assert!(matches!(first, Asked::Address(_)), "{first:?}"),
                }
                drop(socket);
            }
        }
    });
}

#[test]
fn a_connection_that_is_cut_comes_back_through_the_proxy() {
    run(async {
        for scheme in KINDS {
            let server = Server::start(Kind::Testbed).await;
            let proxy = Proxy::start(Manner::Open).await;
            let pause = std::time::Duration::from_millis(1);
            let builder = server.client("/lab").proxy(&proxy.url(scheme, ""));
            let socket = guarded(
                builder
                    .reconnection_delay(pause)
                    .reconnection_delay_max(pause)
                    .connect(),
            )
            .await
            .unwrap();
            let mut events = socket.events();
            proxy.cut();
            let lost = crate::support::next_change(&mut events).await;
            assert!(
                matches!(lost, tidewire::Event::Disconnected { .. }),
                "{lost:?}"
            );
            guarded(socket.wait_connected()).await.unwrap();
            let answer: u8 = socket.emit_with_ack("echo", 3).await.unwrap();
            assert_eq!((answer, proxy.let_through().len()), (3, 2), "{scheme}");
        }
    });
}

#[test]
fn polling_gets_around_a_proxy_that_allows_no_tunnels() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let proxy = Proxy::start(Manner::NoTunnels).await;
        let through = |transports: &[Transport]| {
            let builder = server.client("/lab").transports(transports.to_vec());
            builder.proxy(&proxy.url("http", ""))
        };
        // The upgrade fails, and the session stays where it is; or the next transport is tried.
        let (polling, websocket) = (Transport::Polling, Transport::WebSocket);
        for builder in [
            through(&[polling, websocket]),
            through(&[websocket, polling]).try_all_transports(true),
        ] {
            let socket = guarded(builder.connect()).await.unwrap();
            let answer: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
            assert_eq!((answer, socket.client().transport()), (1, Some(polling)));
        }
        let why = crate::fault(through(&[websocket, polling])).await;
        assert!(why.contains("405"), "{why}");
        let target = format!("127.0.0.1:{}", server.port);
        let asked = proxy.let_through();
        assert!(
            asked
                .iter()
                .all(|asked| *asked == Asked::Request(target.clone())),
            "{asked:?}"
        );
    });
}

#[test]
fn a_upgrade_is_made_if_it_is_wanted_and_remembered_if_that_is_wanted() {
    run(async {
        let server = Server::start(Case {
            kind: Kind::Testbed,
            way: Way::Upgrade,
        })
        .await;
        let target = format!("127.0.0.1:{}", server.port);
        let (request, tunnel) = (Asked::Request(target.clone()), Asked::Tunnel(target));
        let pause = std::time::Duration::from_millis(1);

        let proxy = Proxy::start(Manner::Open).await;
        let builder = server
            .client("/lab")
            .proxy(&proxy.url("http", ""))
            .upgrade(false);
        let socket = guarded(builder.connect()).await.unwrap();
        // An upgrade would have begun with the first answer.
        for number in 0..10_u8 {
            let answer: u8 = socket.emit_with_ack("echo", number).await.unwrap();
            assert_eq!(answer, number);
        }
        assert_eq!(socket.client().transport(), Some(Transport::Polling));
        assert!(!proxy.let_through().contains(&tunnel));

        for (remember, first) in [(false, &request), (true, &tunnel)] {
            let proxy = Proxy::start(Manner::Open).await;
            let builder = server.client("/lab").proxy(&proxy.url("http", ""));
            let builder = builder
                .reconnection_delay(pause)
                .reconnection_delay_max(pause)
                .remember_upgrade(remember);
            let socket = guarded(builder.connect()).await.unwrap();
            while socket.client().transport() != Some(Transport::WebSocket) {
                let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
            }
            let _: u8 = socket.emit_with_ack("echo", 2).await.unwrap();
            let mut events = socket.events();
            let before = proxy.let_through().len();
            proxy.cut();
            let lost = crate::support::next_change(&mut events).await;
            assert!(
                matches!(lost, tidewire::Event::Disconnected { .. }),
                "{lost:?}"
            );
            guarded(socket.wait_connected()).await.unwrap();
            assert_eq!(&proxy.let_through()[before], first);
        }
    });
}
