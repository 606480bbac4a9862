//! Servers that list WebTransport and have none, and networks without UDP: the session goes on over a WebSocket. And the race of both.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidewire::{
    Builder, Client, ConnectError, Event, Events, OpenError, Transport, TransportError,
};
use tidewire_testbed::free_port;

use crate::http_relay::HttpRelay;
use crate::relay::Relay;
use crate::support::peer::Peer;
use crate::support::server::{Case, Kind, Server, TransportMode};
use crate::support::{guarded, reconnect_after, run, spawn};

pub(crate) const ALL: [Transport; 3] = [
    Transport::Polling,
    Transport::WebSocket,
    Transport::WebTransport,
];

/// socket.io 4.8.4 without a front for QUIC. The UDP port with its number is free.
fn start_unlisted() -> Peer {
    Peer::node("socketio4/server.js", free_port().unwrap(), &[])
}

/// socket.io 4.8.4, which lists WebTransport in its handshake, without a front for QUIC.
pub(crate) fn start() -> Peer {
    let lists = ("WEBTRANSPORT", "yes".to_owned());
    Peer::node("socketio4/server.js", free_port().unwrap(), &[lists])
}

/// Takes the UDP port beside the server's TCP port, and answers nothing.
pub(crate) fn silent_beside(server: &Peer) -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, server.port)).unwrap()
}

fn client(port: u16) -> Builder {
    Client::builder(format!("http://127.0.0.1:{port}/lab"))
}

/// Waits for an upgrade. Returns how many have failed before.
pub(crate) async fn upgraded(events: &mut Events) -> usize {
    let mut failed = 0;
    loop {
        match guarded(events.next()).await.unwrap() {
            Event::Upgraded => return failed,
            Event::UpgradeFailed => failed += 1,
            Event::Disconnected { reason, error, .. } => panic!("{reason}: {error:?}"),
            _ => {}
        }
    }
}

/// Connects over polling, and waits for the upgrade to a WebSocket.
async fn falls_back(builder: Builder) {
    let (transport, _) = upgrades(builder).await;
    assert_eq!(transport, Some(Transport::WebSocket));
}

/// Connects over polling, and waits for the upgrade while events go to and fro. Returns the transport, and how many have failed before.
async fn upgrades(builder: Builder) -> (Option<Transport>, usize) {
    let client = builder.build().unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    guarded(socket.connect()).await.unwrap();
    let is_over = AtomicBool::new(false);
    let upgrade = async {
        let failed = upgraded(&mut events).await;
        is_over.store(true, Ordering::SeqCst);
        failed
    };
    let echoes = async {
        let mut number = 0;
        while number < 50 || !is_over.load(Ordering::SeqCst) {
            let back: u32 = guarded(socket.emit_with_ack("echo", number)).await.unwrap();
            assert_eq!(back, number);
            number += 1;
        }
    };
    let (failed, ()) = tokio::join!(upgrade, echoes);
    let back: u32 = guarded(socket.emit_with_ack("echo", 7)).await.unwrap();
    assert_eq!(back, 7);
    let transport = client.transport();
    guarded(client.close()).await;
    (transport, failed)
}

/// socket.io 4.8.4 with both transports, each behind a path that the test controls.
struct Paths {
    server: Server,
    port: u16,
    http: HttpRelay,
    udp: Relay,
}

impl Paths {
    /// Starts with a path of UDP that loses everything.
    async fn start() -> Paths {
        let case = Case {
            kind: Kind::SocketIo4,
            mode: TransportMode::WebTransportUpgrade,
        };
        let server = Server::start(case).await;
        let port = free_port().unwrap();
        let udp = Relay::start_at(port, server.port).await;
        udp.set_broken(true);
        Paths {
            port,
            http: HttpRelay::start(port, server.port).await,
            udp,
            server,
        }
    }

    fn client(&self) -> Builder {
        let hash = self.server.certificate_hash();
        let builder = client(self.port).transports(ALL);
        builder.server_certificate_hashes([hash])
    }
}

#[test]
fn a_webtransport_wins_against_a_websocket_that_does_not_answer() {
    run(async {
        let mut paths = Paths::start().await;
        let upgrade = spawn(upgrades(paths.client()));
        // The WebTransport's first packets are lost, so both are being opened now.
        let websocket = paths.http.websocket().await;
        paths.udp.set_broken(false);
        assert_eq!(upgrade.await, (Some(Transport::WebTransport), 0));
        websocket.until_given_up().await;
    });
}

#[test]
fn a_websocket_wins_against_a_webtransport_that_does_not_answer() {
    run(async {
        let mut paths = Paths::start().await;
        let upgrade = spawn(upgrades(paths.client()));
        let websocket = paths.http.websocket().await;
        let _passing = spawn(websocket.pass_on());
        assert_eq!(upgrade.await, (Some(Transport::WebSocket), 0));
        assert!(paths.udp.packets() > 0, "both were being opened");
    });
}

#[test]
fn a_network_that_loses_udp_leaves_the_websocket() {
    run(async {
        let server = start();
        let _silent = silent_beside(&server);
        falls_back(client(server.port).transports(ALL)).await;
    });
}

#[test]
fn a_server_that_lists_webtransport_and_has_none_leaves_the_websocket() {
    run(async {
        let server = start();
        falls_back(client(server.port).transports(ALL)).await;
    });
}

#[test]
fn an_untrusted_certificate_leaves_the_websocket() {
    run(async {
        let case = Case {
            kind: Kind::SocketIo4,
            mode: TransportMode::WebTransportUpgrade,
        };
        let server = Server::start(case).await;
        falls_back(client(server.port).transports(ALL)).await;
    });
}

#[test]
fn a_server_that_does_not_list_webtransport_is_not_asked() {
    run(async {
        let server = start_unlisted();
        let silent = silent_beside(&server);
        falls_back(client(server.port).transports(ALL)).await;
        silent.set_nonblocking(true).unwrap();
        let read = silent.recv(&mut [0; 10]);
        assert!(read.is_err(), "{read:?}");
    });
}

#[test]
fn without_a_websocket_the_session_stays_on_polling() {
    run(async {
        let server = start();
        let _silent = silent_beside(&server);
        let transports = [Transport::Polling, Transport::WebTransport];
        let builder = client(server.port).transports(transports);
        let client = builder.build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        guarded(socket.connect()).await.unwrap();
        loop {
            match guarded(events.next()).await.unwrap() {
                Event::UpgradeFailed => break,
                Event::Disconnected { reason, error, .. } => panic!("{reason}: {error:?}"),
                _ => {}
            }
        }
        assert_eq!(client.transport(), Some(Transport::Polling));
        let back: u32 = guarded(socket.emit_with_ack("echo", 7)).await.unwrap();
        assert_eq!(back, 7);
    });
}

#[test]
fn alone_it_fails_in_time_where_udp_is_lost() {
    run(async {
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = silent.local_addr().unwrap().port();
        let builder = client(port).transports([Transport::WebTransport]);
        let builder = builder.connect_timeout(Duration::from_millis(300));
        let failed = guarded(builder.connect()).await.unwrap_err();
        let ConnectError::Unreachable { source, .. } = &failed else {
            panic!("{failed:?}")
        };
        let is_late = matches!(source, TransportError::Handshake(OpenError::Timeout));
        assert!(is_late, "{source:?}");
    });
}

#[test]
fn the_next_transport_opens_where_udp_is_lost() {
    run(async {
        let server = start_unlisted();
        let _silent = silent_beside(&server);
        let builder = client(server.port)
            .transports([Transport::WebTransport, Transport::WebSocket])
            .try_all_transports(true);
        let builder = reconnect_after(builder, Duration::from_millis(1));
        let client = builder.build().unwrap();
        let socket = client.socket();
        socket.start();
        guarded(socket.wait_connected()).await.unwrap();
        assert_eq!(client.transport(), Some(Transport::WebSocket));
    });
}
