//! socket.io 4.8.4 with HTTP/3 by aioquic, whose QUIC and HTTP/3 share no code with the client's. The scenarios run on it, too.

use bytes::Bytes;
use tidewire::{Client, ConnectError, Transport, TransportError};
use tidewire_testbed::free_port;

use crate::relay::Relay;
use crate::scripted::stranger;
use crate::support::front::Front;
use crate::support::peer::Peer;
use crate::support::server::{Case, Kind, Server, TransportMode};
use crate::support::{guarded, run};

async fn start() -> Server {
    let case = Case {
        kind: Kind::SocketIo4Aioquic,
        mode: TransportMode::WebTransport,
    };
    Server::start(case).await
}

fn source(failed: ConnectError) -> TransportError {
    match failed {
        ConnectError::Unreachable { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn large_binary_goes_both_ways() {
    run(async {
        let server = start().await;
        let socket = guarded(server.client("/lab").connect()).await.unwrap();
        // socket.io takes 1,000,000 bytes.
        let sent = Bytes::from_iter((0..990_000_u32).map(|number| number.to_le_bytes()[0]));
        for _ in 0..3 {
            let echoed = socket.emit_with_ack::<Bytes>("echo", sent.clone());
            assert_eq!(guarded(echoed).await.unwrap(), sent);
        }
        assert_eq!(socket.client().transport(), Some(Transport::WebTransport));
    });
}

#[test]
fn a_wrong_path_is_named() {
    run(async {
        let server = start().await;
        let builder = server.client("/lab").path("/other/").reconnection(false);
        let error = source(guarded(builder.connect()).await.unwrap_err());
        assert!(error.to_string().contains("Builder::path"), "{error}");
    });
}

#[test]
fn another_certificate_is_refused_with_advice() {
    run(async {
        let server = start().await;
        let strangers = [
            stranger(server.port),
            stranger(server.port).server_certificate_hashes([[7; 32]]),
        ];
        for builder in strangers {
            let failed = guarded(builder.reconnection(false).connect()).await;
            let error = source(failed.unwrap_err());
            assert!(matches!(error, TransportError::Tls(_)), "{error:?}");
            let text = error.to_string();
            assert!(text.contains("Builder::root_certificate_pem"), "{text}");
        }
    });
}

#[test]
fn a_session_outlives_a_change_of_the_clients_address() {
    run(async {
        let server = start().await;
        let relay = Relay::start(server.port).await;
        let builder = Client::builder(format!("https://127.0.0.1:{}/lab", relay.port))
            .transports([Transport::WebTransport])
            .server_certificate_hashes([server.certificate_hash()]);
        let socket = guarded(builder.connect()).await.unwrap();
        let id = socket.id();
        for number in 0..3 {
            relay.rebind().await;
            let echoed: u8 = guarded(socket.emit_with_ack("echo", number)).await.unwrap();
            assert_eq!(echoed, number);
        }
        assert_eq!(socket.id(), id);
    });
}

#[test]
fn a_server_may_ask_a_client_to_prove_its_address() {
    run(async {
        let (port, sessions) = (free_port().unwrap(), free_port().unwrap());
        let peer = [
            ("WEBTRANSPORT", "yes".to_owned()),
            ("SESSION_PORT", sessions.to_string()),
        ];
        let _peer = Peer::node("socketio4/server.js", port, &peer);
        let front = Front::aioquic_with(port, sessions, &[("RETRY", "yes".to_owned())]);
        let builder = stranger(port).server_certificate_hashes([front.certificate_hash]);
        let socket = guarded(builder.connect()).await.unwrap();
        let echoed: u8 = guarded(socket.emit_with_ack("echo", 7)).await.unwrap();
        assert_eq!(echoed, 7);
    });
}
