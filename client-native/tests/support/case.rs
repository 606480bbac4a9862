//! The case of a test: a kind of server, and the transports to reach it. Native tests and those in a browser share it.

use std::time::Duration;

use tidewire::{Builder, EngineVersion, Transport};

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
    /// socket.io 4.8.4 with HTTP/3 by aioquic, for WebTransport.
    SocketIo4Aioquic,
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
    /// socket.io 4.8.4 in its own words.
    pub(crate) fn is_socketio4(self) -> bool {
        matches!(self, Kind::SocketIo4 | Kind::SocketIo4Aioquic)
    }

    pub(crate) fn is_python(self) -> bool {
        matches!(
            self,
            Kind::Python4 | Kind::Python5 | Kind::Flask4 | Kind::Flask5
        )
    }

    /// Whether the server needs a Redis.
    pub(crate) fn has_redis(self) -> bool {
        matches!(
            self,
            Kind::Egg | Kind::LaravelEcho | Kind::RedisBridge | Kind::TestbedApp
        )
    }

    /// The Engine.IO version that a client detects.
    pub(crate) fn engine_version(self) -> EngineVersion {
        match self {
            Kind::SocketIo2
            | Kind::SocketIo21
            | Kind::Egg
            | Kind::Python4
            | Kind::Flask4
            | Kind::LaravelEcho
            | Kind::RedisBridge => EngineVersion::Eio3,
            Kind::SocketIo4
            | Kind::SocketIo4Aioquic
            | Kind::Testbed
            | Kind::TestbedApp
            | Kind::Python5
            | Kind::Flask5 => EngineVersion::Eio4,
        }
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
    #[cfg(feature = "webtransport")]
    WebTransport,
    /// Polling, and an upgrade from it to a WebTransport.
    #[cfg(feature = "webtransport")]
    WebTransportUpgrade,
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
            #[cfg(feature = "webtransport")]
            TransportMode::WebTransport => builder.transports([Transport::WebTransport]),
            #[cfg(feature = "webtransport")]
            TransportMode::WebTransportUpgrade => {
                // With a WebSocket beside it, a slow machine may end up there.
                builder.transports([Transport::Polling, Transport::WebTransport])
            }
        }
    }

    /// Whether a client begins with polling, and ends up on another transport.
    pub(crate) fn upgrades(self) -> bool {
        match self {
            TransportMode::Upgrade => true,
            #[cfg(feature = "webtransport")]
            TransportMode::WebTransportUpgrade => true,
            _ => false,
        }
    }

    /// The transport that a client ends up on.
    pub(crate) fn last(self) -> Transport {
        match self {
            TransportMode::Polling => Transport::Polling,
            #[cfg(feature = "webtransport")]
            TransportMode::WebTransport | TransportMode::WebTransportUpgrade => {
                Transport::WebTransport
            }
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

impl Pings {
    /// A polled server notices a lost client only by its pings, unless a poll was waiting.
    pub(crate) const OFTEN: Pings = Pings {
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
    };
}
