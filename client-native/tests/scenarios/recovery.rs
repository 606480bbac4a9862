//! Connection state recovery, by socket.io 4.8.4: what a client misses behind a cut connection follows, once and in order.

use std::time::Duration;

use tidewire::envelope::{Online, Presence};
use tidewire::{
    Builder, Bytes, Client, Event, Events, Message, Reason, Socket, SocketError, Transport,
};

use crate::support::proxy::{Manner, Proxy};
use crate::support::server::{Server, Way};
use crate::support::{guarded, next_named, run};

const WAYS: [Way; 3] = [Way::WebSocket, Way::Polling, Way::Upgrade];

/// A client in a room, behind a door that the test shuts, and another that speaks to the room and sees who comes and goes.
struct Stage {
    server: Server,
    door: Proxy,
    socket: Socket,
    events: Events,
    speaker: Socket,
    presence: Events,
}

impl Stage {
    async fn set(way: Way, settings: impl Fn(Builder) -> Builder) -> Stage {
        let server = Server::recovering(way).await;
        let door = Proxy::start(Manner::Open).await;
        let pause = Duration::from_millis(10);
        let builder = server.client("/lab?room=demo&userId=client");
        let builder = builder.proxy(&door.url("http", ""));
        let client = settings(
            builder
                .reconnection_delay(pause)
                .reconnection_delay_max(pause),
        )
        .build()
        .unwrap();
        let socket = client.socket();
        let events = socket.events();
        guarded(socket.connect()).await.unwrap();
        while way == Way::Upgrade && client.transport() != Some(Transport::WebSocket) {
            let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
        }
        let _: String = socket.emit_with_ack("join", "room").await.unwrap();
        let speaker = Client::builder(server.url("/lab?room=demo&userId=speaker")).connect();
        let speaker = guarded(speaker).await.unwrap();
        let watcher = speaker.namespace("/ptop");
        let presence = watcher.events();
        guarded(watcher.connect()).await.unwrap();
        guarded(socket.namespace("/ptop").connect()).await.unwrap();
        let mut stage = Stage {
            server,
            door,
            socket,
            events,
            speaker,
            presence,
        };
        assert!(matches!(
            stage.change(&mut Vec::new()).await,
            Event::Connected(_)
        ));
        stage
    }

    /// Says something to the room; it has been said when this ends.
    async fn say(&self, what: &str) {
        self.speaker.emit("say", ("room", what)).await.unwrap();
        let _: u8 = self.speaker.emit_with_ack("echo", 1).await.unwrap();
    }

    /// The next coming or going of the client's; what it hears before goes to `heard`.
    async fn change(&mut self, heard: &mut Vec<Message>) -> Event {
        loop {
            match guarded(self.events.next())
                .await
                .expect("the stream goes on")
            {
                Event::Message(message) => heard.push(message),
                Event::Reconnecting { .. }
                | Event::ConnectError(_)
                | Event::Upgraded
                | Event::Error(SocketError::Malformed(_)) => {}
                change => return change,
            }
        }
    }

    /// Listens until something of this name comes; no coming or going may be before it.
    async fn hear(&mut self, name: &str, heard: &mut Vec<Message>) {
        loop {
            match guarded(self.events.next())
                .await
                .expect("the stream goes on")
            {
                Event::Message(message) if message.name() == name => return heard.push(message),
                Event::Message(message) => heard.push(message),
                Event::Upgraded => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Shuts the door; ends when both sides have noticed.
    async fn is_cut(&mut self, heard: &mut Vec<Message>) {
        self.door.shut();
        let change = self.change(heard).await;
        assert!(matches!(change, Event::Disconnected { .. }), "{change:?}");
        loop {
            let online = next_named(&mut self.presence, "online").await;
            if online.args::<Online>().unwrap().action == Presence::Leave {
                break;
            }
        }
    }

    /// Opens the door; gives whether the session is the one from before.
    async fn is_back(&mut self, heard: &mut Vec<Message>) -> bool {
        self.door.open();
        self.is_connected(heard).await
    }

    async fn is_connected(&mut self, heard: &mut Vec<Message>) -> bool {
        let change = self.change(heard).await;
        assert!(matches!(change, Event::Connected(_)), "{change:?}");
        self.socket.is_recovered()
    }

    /// The packet that came broke the rules.
    async fn is_poisoned(&mut self, heard: &mut Vec<Message>) {
        let change = self.change(heard).await;
        assert!(
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::ParseError,
                    ..
                }
            ),
            "{change:?}"
        );
    }

    /// The connection is good: what is asked now comes back, and the connection does not end before.
    async fn is_well(&mut self) {
        self.socket.emit("echo", "well?").await.unwrap();
        self.hear("echo", &mut Vec::new()).await;
    }
}

/// What was said to the room.
fn said(heard: &[Message]) -> Vec<String> {
    let said = heard.iter().filter(|message| message.name() == "said");
    said.map(|message| message.args().unwrap()).collect()
}

#[test]
fn what_was_missed_follows_once_and_in_order_again_and_again() {
    run(async {
        for way in WAYS {
            let mut stage = Stage::set(way, |builder| builder).await;
            let mut heard = Vec::new();
            let id = stage.socket.id();
            for round in ["one", "two", "three"] {
                assert_eq!(stage.socket.is_recovered(), round != "one");
                stage.say(&format!("{round}: before")).await;
                stage.hear("said", &mut heard).await;
                // It may be heard or lost.
                stage.say(&format!("{round}: at")).await;
                stage.is_cut(&mut heard).await;
                stage.say(&format!("{round}: while")).await;
                stage.say(&format!("{round}: still")).await;
                assert!(stage.is_back(&mut heard).await, "{way:?}, {round}");
                assert_eq!(stage.socket.id(), id);
            }
            // The room is the one from before, too.
            stage.say("end").await;
            while said(&heard).last().is_none_or(|last| last != "end") {
                stage.hear("said", &mut heard).await;
            }
            let mut all: Vec<String> = ["one", "two", "three"]
                .iter()
                .flat_map(|round| {
                    ["before", "at", "while", "still"].map(|when| format!("{round}: {when}"))
                })
                .collect();
            all.push("end".to_owned());
            assert_eq!(said(&heard), all, "{way:?}");
            stage.is_well().await;
        }
    });
}

#[test]
fn before_the_first_event_there_is_nothing_to_restore_from() {
    run(async {
        for way in WAYS {
            let mut stage = Stage::set(way, |builder| builder).await;
            let (id, mut heard) = (stage.socket.id(), Vec::new());
            stage.is_cut(&mut heard).await;
            stage.say("unheard").await;
            assert!(!stage.is_back(&mut heard).await, "{way:?}");
            assert_ne!(stage.socket.id(), id);
            stage.is_well().await;
            assert!(said(&heard).is_empty(), "{heard:?}");
        }
    });
}

#[test]
fn more_attachments_than_an_official_client_takes_are_taken() {
    run(async {
        let mut stage = Stage::set(Way::WebSocket, |builder| builder).await;
        stage.socket.emit("attach", 11).await.unwrap();
        let mut heard = Vec::new();
        stage.hear("attached", &mut heard).await;
        let parts: tidewire::Variadic<Bytes> = heard[0].args().unwrap();
        // The last argument is the offset, of recovery.
        assert_eq!(heard[0].attachments().len(), 11, "{parts:?}");
    });
}

#[test]
fn a_packet_that_breaks_the_rules_ends_one_connection_and_is_not_sent_again() {
    run(async {
        for way in WAYS {
            let mut stage = Stage::set(way, |builder| builder.max_attachments(10)).await;
            let mut heard = Vec::new();
            // Something to restore from.
            stage.say("hello").await;
            stage.hear("said", &mut heard).await;
            stage.socket.emit("attach", 11).await.unwrap();
            stage.is_poisoned(&mut heard).await;
            assert!(!stage.is_connected(&mut heard).await, "{way:?}");
            stage.is_well().await;
        }
    });
}

#[test]
fn a_packet_that_is_too_large_and_comes_with_the_recovery_is_not_sent_again() {
    run(async {
        for way in WAYS {
            let mut stage = Stage::set(way, |builder| builder.max_packet_bytes(4 << 10)).await;
            let mut heard = Vec::new();
            stage.say("hello").await;
            stage.hear("said", &mut heard).await;
            stage.is_cut(&mut heard).await;
            stage.say(&"large".repeat(2 << 10)).await;
            stage.door.open();
            // In a body of its own, or in that of the answer to CONNECT, which is then not read.
            let mut recovered = 0;
            loop {
                match stage.change(&mut heard).await {
                    Event::Connected(_) if stage.socket.is_recovered() => recovered += 1,
                    Event::Connected(_) => break,
                    Event::Disconnected {
                        reason: Reason::ParseError,
                        ..
                    } => {}
                    other => panic!("{other:?}"),
                }
            }
            assert!(recovered <= 1, "{way:?}: {recovered} times");
            stage.is_well().await;
            drop(stage.server);
        }
    });
}
