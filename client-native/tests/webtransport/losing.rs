//! Paths that break, and servers that are gone: the heartbeat notices, and the session is restored if the server can.

use std::time::Duration;

use tidewire::{Client, Event, Reason, Transport};

use crate::relay::Relay;
use crate::scripted::Scripted;
use crate::support::clock::elapses;
use crate::support::events::{next_change, next_named};
use crate::support::scripted::handshake;
use crate::support::server::{Case, Kind, Pings, Server, TransportMode};
use crate::support::{guarded, reconnect_after, run, run_on_one_thread};

#[test]
fn a_path_that_breaks_is_noticed_and_missed_events_follow() {
    run(async {
        let server = Server::recovering(TransportMode::WebTransport).await;
        let relay = Relay::start(server.port).await;
        let url = format!("https://127.0.0.1:{}/lab", relay.port);
        let builder = Client::builder(url)
            .transports([Transport::WebTransport])
            .server_certificate_hashes([server.certificate_hash()]);
        let builder = reconnect_after(builder, Duration::from_millis(10));
        let socket = guarded(builder.connect()).await.unwrap();
        let mut events = socket.events();
        let _: String = guarded(socket.emit_with_ack("join", "room")).await.unwrap();
        let sender = Client::builder(server.url("/lab"));
        let sender = guarded(sender.connect()).await.unwrap();
        sender.emit("say", ("room", "before")).await.unwrap();
        next_named(&mut events, "said").await;

        let id = socket.id().unwrap();
        relay.set_broken(true);
        match next_change(&mut events).await {
            Event::Disconnected { reason, .. } => assert_eq!(reason, Reason::PingTimeout),
            other => panic!("{other:?}"),
        }
        sender.emit("say", ("room", "missed")).await.unwrap();
        let _: u8 = guarded(sender.emit_with_ack("echo", 1)).await.unwrap();
        relay.set_broken(false);
        let said = next_named(&mut events, "said").await;
        assert_eq!(said.args::<String>().unwrap(), "missed");
        assert!(socket.is_recovered());
        assert_eq!(socket.id(), Some(id));
    });
}

#[test]
fn a_session_that_is_lost_is_not_waited_for() {
    run_on_one_thread(async {
        let server = Scripted::start();
        let relay = Relay::start(server.port()).await;
        let builder = server.client_at(relay.port);
        let accepting = async {
            let mut conn = server.accept_with(&handshake(2_000, 2_000)).await;
            assert_eq!(conn.text().await.as_deref(), Some("40"));
            conn.send(r#"40{"sid":"socket"}"#).await;
            conn
        };
        let (socket, _conn) = tokio::join!(guarded(builder.connect()), accepting);
        let socket = socket.unwrap();
        let mut events = socket.events();
        relay.set_broken(true);
        socket.emit("unconfirmed", ()).await.unwrap();
        let lost = elapses(Duration::from_secs(10), next_change(&mut events));
        match lost.await {
            Some(Event::Disconnected { reason, .. }) => assert_eq!(reason, Reason::PingTimeout),
            other => panic!("{other:?}"),
        }
        // Half of the time that a server has to close, too.
        let closed = elapses(Duration::from_secs(1), socket.client().close());
        assert!(closed.await.is_some());
    });
}

#[test]
fn a_client_comes_back_after_its_server_and_sends_what_was_buffered() {
    run(async {
        let case = Case {
            kind: Kind::SocketIo4,
            mode: TransportMode::WebTransport,
        };
        let mut server = Server::start_with(case, Some(Pings::OFTEN)).await;
        let builder = reconnect_after(server.client("/lab"), Duration::from_millis(10));
        let socket = guarded(builder.connect()).await.unwrap();
        let mut events = socket.events();
        for round in 0..3 {
            server.stop().await;
            // The front accepts sessions without its server, and closes them.
            while !matches!(next_change(&mut events).await, Event::Disconnected { .. }) {}
            let request = socket.emit_with_ack::<u32>("echo", round);
            server.restart().await;
            assert_eq!(guarded(request).await.unwrap(), round);
        }
    });
}
