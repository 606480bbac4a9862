//! Connection state recovery of socket.io 4.8.4: events missed during a lost connection follow, once and in order.

use std::time::Duration;

use tidewire::envelope::{Online, Presence};
use tidewire::{
    Builder, Bytes, Client, Event, Events, Message, Reason, Socket, SocketError, Transport,
};

use crate::support::events::next_named;
use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::server::{Server, TransportMode};
use crate::support::{guarded, reconnect_after, run};

const MODES: [TransportMode; 3] = [
    TransportMode::WebSocket,
    TransportMode::Polling,
    TransportMode::Upgrade,
];

/// A client in a room, behind a proxy that the test blocks, and another client that emits to the room and sees presence.
struct Setup {
    server: Server,
    proxy: Proxy,
    socket: Socket,
    events: Events,
    sender: Socket,
    presence: Events,
}

impl Setup {
    async fn start(mode: TransportMode, settings: impl Fn(Builder) -> Builder) -> Setup {
        let server = Server::recovering(mode).await;
        let proxy = Proxy::start(ProxyMode::Open).await;
        let pause = Duration::from_millis(10);
        let builder = server.client("/lab?room=demo&userId=client");
        let builder = builder.proxy(&proxy.url("http", ""));
        let client = settings(reconnect_after(builder, pause)).build().unwrap();
        let socket = client.socket();
        let events = socket.events();
        guarded(socket.connect()).await.unwrap();
        while mode == TransportMode::Upgrade && client.transport() != Some(Transport::WebSocket) {
            let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
        }
        let _: String = socket.emit_with_ack("join", "room").await.unwrap();
        let sender = Client::builder(server.url("/lab?room=demo&userId=sender")).connect();
        let sender = guarded(sender).await.unwrap();
        let watcher = sender.namespace("/ptop");
        let presence = watcher.events();
        guarded(watcher.connect()).await.unwrap();
        guarded(socket.namespace("/ptop").connect()).await.unwrap();
        let mut setup = Setup {
            server,
            proxy,
            socket,
            events,
            sender,
            presence,
        };
        assert!(matches!(
            setup.change(&mut Vec::new()).await,
            Event::Connected(_)
        ));
        setup
    }

    /// Emits `text` to the room; the server has received it when this returns.
    async fn say(&self, text: &str) {
        self.sender.emit("say", ("room", text)).await.unwrap();
        let _: u8 = self.sender.emit_with_ack("echo", 1).await.unwrap();
    }

    /// The next change of the connection; adds the messages before it to `received`.
    async fn change(&mut self, received: &mut Vec<Message>) -> Event {
        loop {
            match guarded(self.events.next())
                .await
                .expect("the stream goes on")
            {
                Event::Message(message) => received.push(message),
                Event::Reconnecting { .. }
                | Event::ConnectError(_)
                // A connection may be lost while it upgrades.
                | Event::Upgraded
                | Event::UpgradeFailed
                | Event::Error(SocketError::Malformed(_)) => {}
                change => return change,
            }
        }
    }

    /// The next change is a disconnection; returns its reason.
    async fn disconnection(&mut self, received: &mut Vec<Message>) -> Reason {
        match self.change(received).await {
            Event::Disconnected { reason, .. } => reason,
            other => panic!("expected Disconnected, got {other:?}"),
        }
    }

    /// Receives up to the next message called `name`; no change of the connection may come before it.
    async fn receive(&mut self, name: &str, received: &mut Vec<Message>) {
        loop {
            match guarded(self.events.next())
                .await
                .expect("the stream goes on")
            {
                Event::Message(message) if message.name() == name => return received.push(message),
                Event::Message(message) => received.push(message),
                Event::Upgraded | Event::UpgradeFailed => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Blocks the proxy; returns when both sides have noticed.
    async fn lose_connection(&mut self, received: &mut Vec<Message>) {
        self.proxy.block();
        self.disconnection(received).await;
        loop {
            let online = next_named(&mut self.presence, "online").await;
            if online.args::<Online>().unwrap().action == Presence::Leave {
                break;
            }
        }
    }

    /// Unblocks the proxy; returns whether the session was recovered.
    async fn reconnect(&mut self, received: &mut Vec<Message>) -> bool {
        self.proxy.unblock();
        self.expect_connected(received).await
    }

    /// Waits for the next connection; returns whether the session was recovered.
    async fn expect_connected(&mut self, received: &mut Vec<Message>) -> bool {
        let change = self.change(received).await;
        assert!(matches!(change, Event::Connected(_)), "{change:?}");
        self.socket.is_recovered()
    }

    /// The connection ends because a packet was malformed.
    async fn expect_parse_error(&mut self, received: &mut Vec<Message>) {
        assert_eq!(self.disconnection(received).await, Reason::ParseError);
    }

    /// Checks that the connection works: an echo arrives before any change.
    async fn expect_echo(&mut self) {
        self.socket.emit("echo", "hello").await.unwrap();
        self.receive("echo", &mut Vec::new()).await;
    }
}

/// The texts said to the room.
fn said(received: &[Message]) -> Vec<String> {
    let said = received.iter().filter(|message| message.name() == "said");
    said.map(|message| message.args().unwrap()).collect()
}

#[test]
fn missed_events_follow_once_and_in_order_every_time() {
    run(async {
        for mode in MODES {
            let mut setup = Setup::start(mode, |builder| builder).await;
            let mut received = Vec::new();
            let id = setup.socket.id();
            for round in ["one", "two", "three"] {
                assert_eq!(setup.socket.is_recovered(), round != "one");
                setup.say(&format!("{round}: before")).await;
                setup.receive("said", &mut received).await;
                // This one may arrive before or after the loss.
                setup.say(&format!("{round}: at")).await;
                setup.lose_connection(&mut received).await;
                setup.say(&format!("{round}: while")).await;
                setup.say(&format!("{round}: still")).await;
                assert!(setup.reconnect(&mut received).await, "{mode:?}, {round}");
                assert_eq!(setup.socket.id(), id);
            }
            // The client is still in the room.
            setup.say("end").await;
            while said(&received).last().is_none_or(|last| last != "end") {
                setup.receive("said", &mut received).await;
            }
            let mut all: Vec<String> = ["one", "two", "three"]
                .iter()
                .flat_map(|round| {
                    ["before", "at", "while", "still"].map(|when| format!("{round}: {when}"))
                })
                .collect();
            all.push("end".to_owned());
            assert_eq!(said(&received), all, "{mode:?}");
            setup.expect_echo().await;
        }
    });
}

#[test]
fn without_any_event_there_is_no_recovery() {
    run(async {
        for mode in MODES {
            let mut setup = Setup::start(mode, |builder| builder).await;
            let (id, mut received) = (setup.socket.id(), Vec::new());
            setup.lose_connection(&mut received).await;
            setup.say("missed").await;
            assert!(!setup.reconnect(&mut received).await, "{mode:?}");
            assert_ne!(setup.socket.id(), id);
            setup.expect_echo().await;
            assert!(said(&received).is_empty(), "{received:?}");
        }
    });
}

#[test]
fn more_attachments_than_the_official_client_accepts_are_received() {
    run(async {
        let mut setup = Setup::start(TransportMode::WebSocket, |builder| builder).await;
        setup.socket.emit("attach", 11).await.unwrap();
        let mut received = Vec::new();
        setup.receive("attached", &mut received).await;
        let parts: tidewire::Variadic<Bytes> = received[0].args().unwrap();
        // The last argument is the offset for recovery.
        assert_eq!(received[0].attachments().len(), 11, "{parts:?}");
    });
}

#[test]
fn a_malformed_packet_ends_one_connection_and_is_not_sent_again() {
    run(async {
        for mode in MODES {
            let mut setup = Setup::start(mode, |builder| builder.max_attachments(10)).await;
            let mut received = Vec::new();
            // Recovery needs the offset of an event.
            setup.say("hello").await;
            setup.receive("said", &mut received).await;
            setup.socket.emit("attach", 11).await.unwrap();
            setup.expect_parse_error(&mut received).await;
            assert!(!setup.expect_connected(&mut received).await, "{mode:?}");
            setup.expect_echo().await;
        }
    });
}

#[test]
fn a_packet_above_the_limit_during_recovery_is_not_sent_again() {
    run(async {
        for mode in MODES {
            let mut setup = Setup::start(mode, |builder| builder.max_packet_bytes(4 << 10)).await;
            let mut received = Vec::new();
            setup.say("hello").await;
            setup.receive("said", &mut received).await;
            setup.lose_connection(&mut received).await;
            setup.say(&"large".repeat(2 << 10)).await;
            setup.proxy.unblock();
            // In its own body, or in the one with the reply to CONNECT, which is then not read.
            let mut recovered = 0;
            loop {
                match setup.change(&mut received).await {
                    Event::Connected(_) if setup.socket.is_recovered() => recovered += 1,
                    Event::Connected(_) => break,
                    Event::Disconnected {
                        reason: Reason::ParseError,
                        ..
                    } => {}
                    other => panic!("{other:?}"),
                }
            }
            assert!(recovered <= 1, "{mode:?}: {recovered} times");
            setup.expect_echo().await;
            drop(setup.server);
        }
    });
}
