//! Servers, which `run.mjs` starts and stops for the page. It forwards requests, so that they have the page's origin.

use serde::Deserialize;
use tidewire::{Builder, Client, EngineVersion};
use tidewire_web::{Request, send, spawn};

use crate::certificate::hash;

pub(crate) use super::case::{APP, Case, KEY, Kind, Pings, TransportMode};

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) case: Case,
    pub(crate) port: u16,
    pings: Option<Pings>,
    recovery: bool,
    /// The hash of its certificate for WebTransport, as hexadecimal digits.
    certificate: Option<String>,
}

#[derive(Deserialize)]
struct Started {
    port: u16,
    certificate: Option<String>,
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
        Server::start_set(Case { kind, mode }, Some(Pings::OFTEN), true).await
    }

    async fn start_set(case: Case, pings: Option<Pings>, recovery: bool) -> Server {
        let mut server = Server {
            case,
            port: 0,
            pings,
            recovery,
            certificate: None,
        };
        server.restart().await;
        server
    }

    /// Ends the server as a crash does: connections break without a close.
    pub(crate) async fn stop(&mut self) {
        ask(format!("stop?port={}", self.port), None).await;
    }

    /// Starts the server, on its previous port if it had one.
    pub(crate) async fn restart(&mut self) {
        let (kind, port) = (name(self.case.kind), self.port);
        let redis = self.case.kind.has_redis();
        let mut command = format!("start?kind={kind}&port={port}&redis={redis}");
        if self.case.kind == Kind::TestbedApp {
            command.push_str(&format!("&app={APP}&key={KEY}"));
        }
        if let Some(pings) = self.pings {
            let (interval, timeout) = (pings.interval.as_millis(), pings.timeout.as_millis());
            command.push_str(&format!("&interval={interval}&timeout={timeout}"));
        }
        if self.recovery {
            command.push_str("&recovery=yes");
        }
        if self.has_webtransport() {
            let front = match self.case.kind {
                Kind::SocketIo4Aioquic => "aioquic",
                _ => "testbed",
            };
            command.push_str(&format!("&webtransport={front}"));
        }
        let reply = ask(command, None).await;
        let started: Started = serde_json::from_slice(&reply).unwrap();
        self.port = started.port;
        self.certificate = started.certificate;
    }

    fn has_webtransport(&self) -> bool {
        self.case.mode == TransportMode::WebTransport
    }

    pub(crate) fn client(&self, namespace: &str) -> Builder {
        let builder = match &self.certificate {
            None => Client::builder(format!("{}{namespace}", origin()))
                .path(format!("/servers/{}/socket.io/", self.port)),
            // The page's server cannot forward UDP.
            Some(digits) => Client::builder(format!("http://127.0.0.1:{}{namespace}", self.port))
                .server_certificate_hashes([hash(digits).unwrap()]),
        };
        self.case.mode.applied(builder)
    }

    /// The Engine.IO version that a client detects.
    pub(crate) fn engine_version(&self) -> EngineVersion {
        self.case.kind.engine_version()
    }

    pub(crate) fn is_eio3(&self) -> bool {
        self.engine_version() == EngineVersion::Eio3
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let command = format!("end?port={}", self.port);
        spawn(async move {
            ask(command, None).await;
        });
    }
}

/// The name by which the runner knows a server.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Testbed | Kind::TestbedApp => "testbed",
        Kind::SocketIo2 => "socketio2",
        Kind::SocketIo4 | Kind::SocketIo4Aioquic => "socketio4",
        Kind::LaravelEcho => "laravel",
        Kind::RedisBridge => "bridge",
        other => panic!("no page starts {other:?}"),
    }
}

/// Asks the runner.
pub(super) async fn ask(command: String, body: Option<&str>) -> Vec<u8> {
    let reply = send(Request {
        url: format!("{}/control/{command}", origin()),
        body: body.map(|body| ("application/json", body.as_bytes().to_vec())),
        with_credentials: false,
        longest: 1 << 16,
        explain: false,
    });
    let reply = reply.await.unwrap();
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, 200, "{command}: {text}");
    reply.body
}

pub(crate) fn origin() -> String {
    let global = js_sys::global();
    let location = js_sys::Reflect::get(&global, &"location".into()).unwrap();
    let origin = js_sys::Reflect::get(&location, &"origin".into()).unwrap();
    origin.as_string().unwrap()
}
