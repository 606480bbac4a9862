//! Servers, which `run.mjs` starts and stops for the page. It forwards requests, so that they have the page's origin.

use std::time::Duration;

use serde::Deserialize;
use tidewire::{Builder, Client, EngineVersion, Transport};
use tidewire_web::{Request, send, spawn_local};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Testbed,
    SocketIo2,
    SocketIo4,
}

impl Kind {
    pub(crate) fn is_python(self) -> bool {
        false
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Testbed => "testbed",
            Kind::SocketIo2 => "socketio2",
            Kind::SocketIo4 => "socketio4",
        }
    }
}

/// The transports that a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransportMode {
    WebSocket,
    Polling,
    /// Polling, and an upgrade from it to a WebSocket.
    Upgrade,
}

impl TransportMode {
    /// The transport that a client ends up on.
    pub(crate) fn last(self) -> Transport {
        match self {
            TransportMode::Polling => Transport::Polling,
            TransportMode::WebSocket | TransportMode::Upgrade => Transport::WebSocket,
        }
    }
}

/// A kind of server, and the transports to reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    pub(crate) mode: TransportMode,
}

/// How often the server pings (or expects a ping), and how long a pong may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pings {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) case: Case,
    pub(crate) port: u16,
    pings: Option<Pings>,
    recovery: bool,
}

#[derive(Deserialize)]
struct Started {
    port: u16,
}

impl Server {
    pub(crate) async fn start(case: Case) -> Server {
        Server::start_with(case, None).await
    }

    pub(crate) async fn start_with(case: Case, pings: Option<Pings>) -> Server {
        Server::start_set(case, pings, false).await
    }

    /// socket.io 4.8.4 with connection state recovery.
    pub(crate) async fn recovering(mode: TransportMode) -> Server {
        let kind = Kind::SocketIo4;
        // A polled server notices a lost client only by its pings, unless a poll was waiting.
        let second = Duration::from_secs(1);
        let pings = Pings {
            interval: second,
            timeout: second,
        };
        Server::start_set(Case { kind, mode }, Some(pings), true).await
    }

    async fn start_set(case: Case, pings: Option<Pings>, recovery: bool) -> Server {
        let mut server = Server {
            case,
            port: 0,
            pings,
            recovery,
        };
        server.restart().await;
        server
    }

    /// Ends the server as a crash does: connections break without a close.
    pub(crate) async fn stop(&mut self) {
        ask(format!("stop?port={}", self.port)).await;
    }

    /// Starts the server, on its previous port if it had one.
    pub(crate) async fn restart(&mut self) {
        let (kind, port) = (self.case.kind.name(), self.port);
        let mut command = format!("start?kind={kind}&port={port}");
        if let Some(pings) = self.pings {
            let (interval, timeout) = (pings.interval.as_millis(), pings.timeout.as_millis());
            command.push_str(&format!("&interval={interval}&timeout={timeout}"));
        }
        if self.recovery {
            command.push_str("&recovery=yes");
        }
        let reply = ask(command).await;
        self.port = serde_json::from_slice::<Started>(&reply).unwrap().port;
    }

    pub(crate) fn client(&self, namespace: &str) -> Builder {
        let builder = Client::builder(format!("{}{namespace}", origin()))
            .path(format!("/servers/{}/socket.io/", self.port));
        match self.case.mode {
            TransportMode::WebSocket => builder,
            TransportMode::Polling => builder.transports([Transport::Polling]),
            TransportMode::Upgrade => {
                builder.transports([Transport::Polling, Transport::WebSocket])
            }
        }
    }

    /// The Engine.IO version that a client detects.
    pub(crate) fn engine_version(&self) -> EngineVersion {
        match self.case.kind {
            Kind::SocketIo2 => EngineVersion::Eio3,
            Kind::SocketIo4 | Kind::Testbed => EngineVersion::Eio4,
        }
    }

    pub(crate) fn is_eio3(&self) -> bool {
        self.engine_version() == EngineVersion::Eio3
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let command = format!("stop?port={}", self.port);
        spawn_local(async move {
            ask(command).await;
        });
    }
}

/// Asks the runner.
async fn ask(command: String) -> Vec<u8> {
    let reply = send(Request {
        url: format!("{}/control/{command}", origin()),
        body: None,
        with_credentials: false,
        longest: 1 << 10,
        explain: false,
    });
    let reply = reply.await.unwrap();
    assert_eq!(reply.status, 200, "{command}");
    reply.body
}

fn origin() -> String {
    let global = js_sys::global();
    let location = js_sys::Reflect::get(&global, &"location".into()).unwrap();
    let origin = js_sys::Reflect::get(&location, &"origin".into()).unwrap();
    origin.as_string().unwrap()
}
