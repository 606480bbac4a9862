//! The servers of `server-testbed/CONTRACT.md` behind one type.

use std::time::Duration;

use tidewire::{Builder, Client, EngineVersion, Transport};
use tidewire_testbed::{Config, Testbed};

use super::peer::Peer;

/// The application of mobile-sdk at [`Kind::TestbedApp`], and its key.
pub(crate) const APP: &str = "signatureApp";
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Testbed,
    /// The testbed with Redis, a stub of Laravel, and an application of mobile-sdk.
    TestbedApp,
    SocketIo2,
    /// socket.io 2.1.1, which compresses unless it is told not to.
    SocketIo21,
    SocketIo4,
    Egg,
    /// python-socketio 4.x and 5.x on aiohttp.
    Python4,
    Python5,
    /// Flask-SocketIO 4.x and 5.x, on the same libraries.
    Flask4,
    Flask5,
    /// laravel-echo-server, which has Echo channels alone.
    LaravelEcho,
    /// socket.io 2.5.1, which emits what programs publish in Redis.
    RedisBridge,
}

impl Kind {
    pub(crate) fn is_python(self) -> bool {
        matches!(
            self,
            Kind::Python4 | Kind::Python5 | Kind::Flask4 | Kind::Flask5
        )
    }
}

/// The transports that a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransportMode {
    WebSocket,
    /// A WebSocket with permessage-deflate for messages of any size.
    #[cfg(feature = "deflate")]
    Deflate,
    Polling,
    /// Polling, and an upgrade from it to a WebSocket.
    Upgrade,
}

impl TransportMode {
    /// Sets the transports of a client.
    pub(crate) fn applied(self, builder: Builder) -> Builder {
        match self {
            TransportMode::WebSocket => builder,
            #[cfg(feature = "deflate")]
            TransportMode::Deflate => {
                use tidewire::PerMessageDeflate;
                builder.per_message_deflate(PerMessageDeflate::new().threshold(0))
            }
            TransportMode::Polling => builder.transports([Transport::Polling]),
            TransportMode::Upgrade => {
                builder.transports([Transport::Polling, Transport::WebSocket])
            }
        }
    }

    /// The transport that a client ends up on.
    pub(crate) fn last(self) -> Transport {
        match self {
            TransportMode::Polling => Transport::Polling,
            _ => Transport::WebSocket,
        }
    }
}

/// A kind of server, and the transports to reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    pub(crate) mode: TransportMode,
}

impl From<Kind> for Case {
    fn from(kind: Kind) -> Case {
        Case {
            kind,
            mode: TransportMode::WebSocket,
        }
    }
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
    running: Option<Running>,
    redis: Option<Peer>,
    /// The stub of Laravel, for a testbed.
    laravel: Option<Peer>,
}

#[derive(Debug)]
enum Running {
    Testbed(Testbed),
    Peer(Peer),
}

impl Server {
    pub(crate) async fn start(case: impl Into<Case>) -> Server {
        Server::start_with(case, None).await
    }

    pub(crate) async fn start_with(case: impl Into<Case>, pings: Option<Pings>) -> Server {
        Server::start_set(case.into(), pings, false).await
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
        let redis = matches!(
            case.kind,
            Kind::Egg | Kind::LaravelEcho | Kind::RedisBridge | Kind::TestbedApp
        )
        .then(Peer::redis);
        let laravel =
            (case.kind == Kind::TestbedApp).then(|| Peer::node("laravel/auth.js", 0, &[]));
        let mut server = Server {
            case,
            port: 0,
            pings,
            recovery,
            running: None,
            redis,
            laravel,
        };
        server.restart().await;
        server
    }

    /// Ends the server as a crash does: connections break without a close.
    pub(crate) async fn stop(&mut self) {
        match self.running.take() {
            Some(Running::Testbed(testbed)) => testbed.stop().await,
            Some(Running::Peer(mut peer)) => peer.kill(),
            None => {}
        }
    }

    /// Starts the server, on its previous port if it had one.
    pub(crate) async fn restart(&mut self) {
        let running = match self.case.kind {
            Kind::Testbed | Kind::TestbedApp => self.start_testbed().await,
            Kind::SocketIo2 | Kind::SocketIo21 => self.start_node("socketio2/server.js"),
            Kind::SocketIo4 => self.start_node("socketio4/server.js"),
            Kind::Egg => self.start_node("egg/server.js"),
            Kind::Python4 => self.start_python("env-4", "server.py"),
            Kind::Python5 => self.start_python("env-5", "server.py"),
            Kind::Flask4 => self.start_python("env-4", "flask_server.py"),
            Kind::Flask5 => self.start_python("env-5", "flask_server.py"),
            Kind::LaravelEcho => self.start_node("laravel/server.js"),
            Kind::RedisBridge => self.start_node("bridge/server.js"),
        };
        self.port = match &running {
            Running::Testbed(testbed) => testbed.address().port(),
            Running::Peer(peer) => peer.port,
        };
        self.running = Some(running);
    }

    /// The port of the Redis that the server uses.
    pub(crate) fn redis_port(&self) -> u16 {
        self.redis.as_ref().expect("the server has a Redis").port
    }

    pub(crate) fn url(&self, namespace: &str) -> String {
        format!("http://127.0.0.1:{}{namespace}", self.port)
    }

    pub(crate) fn client(&self, namespace: &str) -> Builder {
        self.case.mode.applied(Client::builder(self.url(namespace)))
    }

    /// The Engine.IO version that a client detects.
    pub(crate) fn engine_version(&self) -> EngineVersion {
        match self.case.kind {
            Kind::SocketIo2
            | Kind::SocketIo21
            | Kind::Egg
            | Kind::Python4
            | Kind::Flask4
            | Kind::LaravelEcho
            | Kind::RedisBridge => EngineVersion::Eio3,
            Kind::SocketIo4 | Kind::Testbed | Kind::TestbedApp | Kind::Python5 | Kind::Flask5 => {
                EngineVersion::Eio4
            }
        }
    }

    pub(crate) fn is_eio3(&self) -> bool {
        self.engine_version() == EngineVersion::Eio3
    }

    async fn start_testbed(&self) -> Running {
        let mut config = Config {
            port: self.port,
            ..Config::default()
        };
        if let Some(pings) = self.pings {
            config.ping_interval = pings.interval;
            config.ping_timeout = pings.timeout;
        }
        if let Some(laravel) = &self.laravel {
            let auth = format!("http://127.0.0.1:{}/broadcasting/auth", laravel.port);
            config.echo_auth = Some(auth);
            config.echo_clients.insert("app".into(), "key".into());
            config.apps.insert(APP.into(), KEY.into());
            config.redis = Some(format!("redis://127.0.0.1:{}", self.redis_port()));
        }
        Running::Testbed(
            tidewire_testbed::spawn(config)
                .await
                .expect("the testbed starts"),
        )
    }

    fn start_node(&self, script: &str) -> Running {
        Running::Peer(Peer::node(script, self.port, &self.environment()))
    }

    fn start_python(&self, environment: &str, script: &str) -> Running {
        let variables = self.environment();
        Running::Peer(Peer::python(environment, script, self.port, &variables))
    }

    /// The settings of a peer, as environment variables.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut env = Vec::new();
        if let Some(pings) = self.pings {
            env.push(("PING_INTERVAL", pings.interval.as_millis().to_string()));
            env.push(("PING_TIMEOUT", pings.timeout.as_millis().to_string()));
        }
        if self.recovery {
            env.push(("RECOVERY", "yes".to_owned()));
        }
        match self.case {
            Case {
                kind: Kind::SocketIo21,
                ..
            } => env.push(("OLD", "yes".to_owned())),
            #[cfg(feature = "deflate")]
            Case {
                mode: TransportMode::Deflate,
                ..
            } => env.push(("DEFLATE", "yes".to_owned())),
            _ => {}
        }
        if let Some(redis) = &self.redis {
            env.push(("REDIS_PORT", redis.port.to_string()));
        }
        env
    }
}
