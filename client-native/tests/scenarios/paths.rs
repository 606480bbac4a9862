//! A wrong path: the error names it over each transport, with a server or nginx in front of it.
//!
//! socket.io closes a request for a WebSocket at another path after 1 s, without a response: nginx then responds with the status 502. The
//! programs of the tests respond to no request at another path.

use std::time::Duration;

use futures_util::future::join_all;
use tidewire::{Client, ConnectError, Transport, TransportError};

use crate::support::nginx::Nginx;
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run};

/// The error of a client that takes a wrong path.
async fn cause(port: u16, transport: Transport) -> TransportError {
    let builder = Client::builder(format!("http://127.0.0.1:{port}/"))
        .path("/wrong/")
        .transports([transport])
        .connect_timeout(Duration::from_secs(3));
    match guarded(builder.connect()).await {
        Err(ConnectError::Unreachable { url, source }) => {
            assert!(url.contains("/wrong/"), "{url}");
            source
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wrong_path_is_named_over_each_transport() {
    run(async {
        for kind in [Kind::SocketIo2, Kind::SocketIo4] {
            let server = Server::start(kind).await;
            let nginx = Nginx::start(server.port).await;
            let ways = [server.port, nginx.port].into_iter().flat_map(|port| {
                [Transport::WebSocket, Transport::Polling].map(|transport| cause(port, transport))
            });
            for error in join_all(ways).await {
                let text = error.to_string();
                assert!(text.contains("path"), "{kind:?}: {text}");
            }
        }
    });
}

#[test]
fn a_server_that_is_down_behind_nginx_is_one_error_over_each_transport() {
    run(async {
        // Its port is closed.
        let nginx = Nginx::start(tidewire_testbed::free_port().unwrap()).await;
        let websocket = cause(nginx.port, Transport::WebSocket).await;
        let polling = cause(nginx.port, Transport::Polling).await;
        assert!(
            matches!(websocket, TransportError::Status(502, _)),
            "{websocket:?}"
        );
        assert_eq!(websocket.to_string(), polling.to_string());
    });
}
