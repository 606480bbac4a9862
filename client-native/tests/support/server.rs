//! The servers of `server-testbed/CONTRACT.md` behind one type.

use tidewire::{Builder, Client, EngineVersion};
use tidewire_testbed::{Config, RedisServer, Testbed, free_port};

pub(crate) use super::case::{APP, Case, KEY, Kind, Pings, TransportMode};
#[cfg(feature = "webtransport")]
use super::front::Front;
use super::peer::Peer;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) case: Case,
    pub(crate) port: u16,
    pings: Option<Pings>,
    recovery: bool,
    running: Option<Running>,
    redis: Option<RedisServer>,
    /// The stub of Laravel, for a testbed.
    laravel: Option<Peer>,
    /// Gives a server without HTTP/3 its WebTransport.
    #[cfg(feature = "webtransport")]
    front: Option<Front>,
    /// The port that takes sessions of WebTransport as TCP connections.
    #[cfg(feature = "webtransport")]
    session_port: u16,
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
        Server::start_set(Case { kind, mode }, Some(Pings::OFTEN), true).await
    }

    async fn start_set(case: Case, pings: Option<Pings>, recovery: bool) -> Server {
        let redis = case.kind.has_redis();
        let redis = redis.then(|| RedisServer::start().expect("a Redis"));
        let laravel =
            (case.kind == Kind::TestbedApp).then(|| Peer::node("laravel/auth.js", 0, &[]));
        let mut server = Server {
            case,
            port: free_port().expect("a free port"),
            pings,
            recovery,
            running: None,
            redis,
            laravel,
            #[cfg(feature = "webtransport")]
            front: None,
            #[cfg(feature = "webtransport")]
            session_port: free_port().expect("a free port"),
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

    /// Starts the server, on its previous port if it ran before.
    pub(crate) async fn restart(&mut self) {
        let running = match self.case.kind {
            Kind::Testbed | Kind::TestbedApp => self.start_testbed().await,
            Kind::SocketIo2 | Kind::SocketIo21 => self.start_node("socketio2/server.js"),
            Kind::SocketIo4 | Kind::SocketIo4Aioquic => self.start_node("socketio4/server.js"),
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
        #[cfg(feature = "webtransport")]
        if self.has_webtransport() && self.front.is_none() {
            let start = match self.case.kind {
                Kind::SocketIo4Aioquic => Front::aioquic,
                _ => Front::testbed,
            };
            self.front = Some(start(self.port, self.session_port));
        }
        self.running = Some(running);
    }

    #[cfg(feature = "webtransport")]
    pub(crate) fn certificate_hash(&self) -> [u8; 32] {
        let front = self.front.as_ref().expect("the server has a front");
        front.certificate_hash
    }

    #[cfg(feature = "webtransport")]
    fn has_webtransport(&self) -> bool {
        let modes = [
            TransportMode::WebTransport,
            TransportMode::WebTransportUpgrade,
        ];
        modes.contains(&self.case.mode)
    }

    /// The port of the Redis that the server uses.
    pub(crate) fn redis_port(&self) -> u16 {
        let redis = self.redis.as_ref();
        redis.expect("the server has a Redis").port()
    }

    pub(crate) fn url(&self, namespace: &str) -> String {
        format!("http://127.0.0.1:{}{namespace}", self.port)
    }

    pub(crate) fn client(&self, namespace: &str) -> Builder {
        let builder = self.case.mode.applied(Client::builder(self.url(namespace)));
        #[cfg(feature = "webtransport")]
        if let Some(front) = &self.front {
            return builder.server_certificate_hashes([front.certificate_hash]);
        }
        builder
    }

    /// The Engine.IO version that a client detects.
    pub(crate) fn engine_version(&self) -> EngineVersion {
        self.case.kind.engine_version()
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
        #[cfg(feature = "webtransport")]
        if self.has_webtransport() {
            env.push(("WEBTRANSPORT", "yes".to_owned()));
            env.push(("SESSION_PORT", self.session_port.to_string()));
        }
        if let Some(redis) = &self.redis {
            env.push(("REDIS_PORT", redis.port().to_string()));
        }
        env
    }
}
