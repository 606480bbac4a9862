//! The settings of a client, and its start.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::wire::head::normalized_namespace;
use tidewire_core::{Config, Dialect, OfflinePolicy, Reconnection, Transport};
use tokio::runtime::Handle;

use crate::auth::AuthSource;
use crate::channel::Channel;
use crate::client::{COMMAND_LIMITS, Client};
use crate::context::Context;
use crate::driver::Driver;
use crate::error::{BuildError, ConnectError, Refused};
use crate::handlers::Handlers;
use crate::mailbox::{Limits, Mailbox};
use crate::refusal::{OnRefused, Retry};
use crate::settings::{HandleSettings, millis};
use crate::socket::Socket;
use crate::status::Status;
use crate::transport::Opener;
use crate::transport::address::Parsed;
use crate::transport::proxy::Proxy;
use crate::transport::tls::TlsSettings;

/// The settings of a client. What cannot be right is reported by [`connect`](Builder::connect) and
/// [`build`](Builder::build).
#[derive(Debug)]
#[must_use = "a builder does nothing until `connect` or `build`"]
pub struct Builder {
    url: String,
    path: Option<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    tls: TlsSettings,
    proxy: Option<Box<Proxy>>,
    request_timeout: Option<Duration>,
    auth: AuthSource,
    on_refused: Option<OnRefused>,
    handlers: Handlers,
    config: Config,
    handle: HandleSettings,
    /// The first setting that cannot be right.
    fault: Option<BuildError>,
}

impl Builder {
    pub(crate) fn new(url: String) -> Builder {
        Builder {
            url,
            path: None,
            query: Vec::new(),
            headers: HeaderMap::new(),
            tls: TlsSettings::default(),
            proxy: None,
            request_timeout: None,
            auth: AuthSource::None,
            on_refused: None,
            handlers: Handlers::default(),
            config: Config {
                seed: random_seed(),
                ..Config::default()
            },
            handle: HandleSettings {
                ack_timeout: Some(Duration::from_secs(30)),
                inbox: Limits {
                    items: 8_192,
                    bytes: 16 << 20,
                },
                max_attachments: Config::default().max_attachments,
                running_handlers: 1_024,
            },
            fault: None,
        }
    }

    // ---- what the server reads ----

    /// The payload that the server's middleware reads in `handshake.auth`, for the namespace of the address.
    /// socket.io 2.x has none: there, a token goes into the query.
    pub fn auth(mut self, auth: impl Serialize) -> Self {
        match AuthSource::value(&auth) {
            Ok(auth) => self.auth = auth,
            Err(error) => self.blame(BuildError::Auth(error)),
        }
        self
    }

    /// As [`auth`](Builder::auth), from an async function that is asked anew at each connect: for tokens that expire. It may
    /// take as long as [`connect_timeout`](Builder::connect_timeout); later is [`ConnectError::Auth`].
    pub fn auth_with<F, Fut, T, E>(mut self, auth: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        self.auth = AuthSource::function(auth);
        self
    }

    /// Asks `decide` when the server refuses the namespace of the address, as its middleware does when a token has expired:
    /// with [`Retry::WithFreshAuth`] it is asked for again after a pause (those of
    /// [`reconnection_delay`](Builder::reconnection_delay), growing with each refusal), with an auth payload that
    /// [`auth_with`](Builder::auth_with) is asked for anew. This is so at the first connect and after a lost connection alike.
    /// Whoever waits for the namespace goes on waiting; streams and handlers hear of each refusal.
    ///
    /// `attempts` is how many refusals in a row are asked about; the next one stands. They count from the last time that the
    /// server let the namespace in, or that it was told to connect. Default: none, a refusal stands at once.
    ///
    /// `decide` may take as long as [`connect_timeout`](Builder::connect_timeout), for it may fetch a new token itself; later,
    /// or if it panics, the refusal stands. A server of socket.io 2.x has the token in the query, which stays as it is: there,
    /// the same is asked for again.
    ///
    /// ```no_run
    /// # use tidewire::{Client, ConnectError, Retry};
    /// # async fn token() -> Result<serde_json::Value, String> { Ok(serde_json::Value::Null) }
    /// # async fn example() -> Result<(), ConnectError> {
    /// let socket = Client::builder("https://example.org/orders")
    ///     .auth_with(token)
    ///     .on_refused(3, async |refused| match refused.message().as_str() {
    ///         "token expired" => Retry::WithFreshAuth,
    ///         _ => Retry::GiveUp,
    ///     })
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_refused<F, Fut>(mut self, attempts: u32, decide: F) -> Self
    where
        F: Fn(Refused) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Retry> + Send + 'static,
    {
        self.on_refused = Some(OnRefused::new(attempts, decide));
        self
    }

    /// Adds to the query of every request, after what the URL's own query says.
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((key.into(), value.into()));
        self
    }

    /// The path of the server's Socket.IO endpoint. Default: `/socket.io/`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            (Err(error), _) => self.blame(BuildError::Header(format!("{name}: {error}"))),
            (_, Err(error)) => self.blame(BuildError::Header(format!("{name}: {error}"))),
        }
        self
    }

    /// The generation of the server, if it must not be found out. Default: it is found out.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.config.dialect = Some(dialect);
        self
    }

    // ---- transports ----

    /// The transports to use; the first one opens the connection. Default: WebSocket alone.
    ///
    /// With polling first and WebSocket among them, the session climbs to a WebSocket if server and network let it.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.config.transports = transports.into_iter().collect();
        self
    }

    /// Whether to climb from polling to a WebSocket. Default: yes.
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.config.upgrade = upgrade;
        self
    }

    /// Whether to begin with a WebSocket after a connection on which it worked. Default: no.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.config.remember_upgrade = remember;
        self
    }

    /// Whether to try the next transport when one cannot be opened. Default: no.
    pub fn try_all_transports(mut self, all: bool) -> Self {
        self.config.try_all_transports = all;
        self
    }

    /// Goes through a proxy, with all transports: an HTTP proxy (`http://host:port`), or one of SOCKS5 that gets addresses
    /// (`socks5://host:port`) or looks names up itself (`socks5h://host:port`). A name and a password for it go into the URL:
    /// `http://name:password@host:port`, percent-encoded. Default: none. The environment (`HTTP_PROXY`, ...) is not read:
    /// what a program connects to is its own to say.
    ///
    /// WebSockets, and polling over TLS, go through an HTTP proxy by CONNECT; polling without TLS is given to it as requests.
    ///
    /// # Errors
    /// [`BuildError::Proxy`] when this is no such URL, told by `connect` and `build`.
    pub fn proxy(mut self, url: &str) -> Self {
        match Proxy::parse(url) {
            Ok(proxy) => self.proxy = Some(Box::new(proxy)),
            Err(error) => self.blame(error),
        }
        self
    }

    // ---- TLS ----

    /// Trusts the certificates in this PEM text as well.
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        if let Err(error) = self.tls.add_pem(pem) {
            self.blame(error);
        }
        self
    }

    /// Whether to trust the system's certificates instead of the built-in ones of Mozilla's program. Default: no.
    pub fn native_roots(mut self, native: bool) -> Self {
        self.tls.native_roots = native;
        self
    }

    /// A configuration of rustls that replaces all other TLS settings: client certificates, pinning, ...
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls.config = Some(config);
        self
    }

    // ---- time ----

    /// Whether to come back after a lost connection. Default: yes, for ever.
    pub fn reconnection(mut self, reconnection: bool) -> Self {
        self.config.reconnection = reconnection.then(Reconnection::default);
        self
    }

    /// How many attempts to come back there are. Default: no limit.
    pub fn reconnection_attempts(mut self, attempts: u32) -> Self {
        self.rule().attempts = Some(attempts);
        self
    }

    /// The first and the longest pause before an attempt to come back; it doubles in between, and is moved by up to half
    /// of it either way, so that clients do not come back all at once. Default: 1 s and 30 s, chosen by a
    /// simulation of a crowd that loses its server (`client-core/docs/storms.md`). socket.io-client has 1 s and 5 s.
    pub fn reconnection_delay(mut self, first: Duration, longest: Duration) -> Self {
        let rule = self.rule();
        rule.delay = millis(first);
        rule.delay_max = millis(longest);
        self
    }

    /// How long the server may take to open the connection, and to answer for a namespace; and how long the functions of
    /// [`auth_with`](Builder::auth_with) and [`on_refused`](Builder::on_refused) may take. Default: 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.open_timeout = Some(millis(timeout));
        self.config.connect_timeout = Some(millis(timeout));
        self
    }

    /// How long an HTTP request of polling may take, its answer included. A poll that waits for packets has the server's
    /// `pingInterval` besides, for which a server that has nothing to say may hold it. A request that takes longer ends the
    /// connection ([`TransportError::RequestTimeout`](crate::TransportError::RequestTimeout)), which comes back.
    /// Default: no limit but those of [`connect_timeout`](Builder::connect_timeout) and the heartbeat.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Finds a dead connection faster than the server's heartbeat does: how long the other side may be silent after a ping was due
    /// (default: the server's `pingTimeout`), and how often to ping a 2.x server (default: its `pingInterval`).
    pub fn heartbeat(mut self, grace: Duration, ping_every: Duration) -> Self {
        self.config.ping_grace = Some(millis(grace));
        self.config.ping_every = Some(millis(ping_every));
        self
    }

    /// How long [`Socket::emit_with_ack`] waits for an answer; `None` is for ever. Default: 30 s.
    pub fn ack_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.handle.ack_timeout = timeout;
        self
    }

    // ---- bounds ----

    /// How many events, and how many bytes of them, a namespace keeps while it is not connected; more are refused.
    /// Default: 1,000 and 16 MiB.
    pub fn offline_buffer(mut self, events: usize, bytes: usize) -> Self {
        self.config.offline_packets = events;
        self.config.offline_bytes = bytes;
        self
    }

    /// What happens to an event that finds the offline buffer full. Default: it is refused.
    pub fn offline_policy(mut self, policy: OfflinePolicy) -> Self {
        self.config.offline_policy = policy;
        self
    }

    /// How many events sent with [`retries`](crate::AckRequest::retries) a namespace has on their way before the first of them
    /// is answered. Default: 64. With 1 it is socket.io-client's one round trip for each event.
    pub fn retry_window(mut self, events: usize) -> Self {
        self.config.retry_window = events;
        self
    }

    /// How many events, and how many bytes of them, handlers or a stream may leave unread before the connection stops
    /// reading. Default: 8,192 and 16 MiB. A heartbeat that is not read ends the connection in the end.
    pub fn inbox(mut self, events: usize, bytes: usize) -> Self {
        self.handle.inbox = Limits {
            items: events.max(1),
            bytes: bytes.max(1),
        };
        self
    }

    /// The largest packet, attachments included, that is taken from the server. Default: 128 MiB.
    pub fn max_packet_bytes(mut self, bytes: usize) -> Self {
        self.config.max_packet_bytes = bytes;
        self
    }

    /// How many binary attachments a packet may have, in either direction; a larger one from the server closes the
    /// connection, which comes back. Default: 1,000. (socket.io 4.8.4 itself takes 10, unless its parser is told otherwise.)
    pub fn max_attachments(mut self, attachments: u32) -> Self {
        self.config.max_attachments = attachments;
        self.handle.max_attachments = attachments;
        self
    }

    // ---- handlers ----

    /// A handler of the address's namespace, there before the first event can come; see [`Socket::on`].
    pub fn on<T, F, Fut>(self, name: &str, handler: F) -> Self
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.handlers.on(name, false, handler);
        self
    }

    // ---- the start ----

    /// Connects to the namespace of the address. Ready when the server has let it in; see [`Socket::connect`].
    ///
    /// # Errors
    /// [`ConnectError::Build`] for settings that cannot be right, and all that `Socket::connect` gives.
    pub async fn connect(self) -> Result<Socket, ConnectError> {
        let socket = self.build()?.socket();
        socket.connect().await?;
        Ok(socket)
    }

    /// Makes the client without connecting anything yet: to set handlers on several namespaces first, or to
    /// [`open`](Socket::open) without waiting.
    ///
    /// # Errors
    /// When a setting cannot be right, or there is no tokio runtime to run on.
    pub fn build(self) -> Result<Client, BuildError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let Parsed {
            mut address,
            namespace,
            query,
        } = Parsed::new(&self.url)?;
        if let Some(path) = &self.path {
            address.set_path(path);
        }
        for (key, value) in &self.query {
            address.add_query(key, value);
        }
        let opener = Opener {
            tls: if address.secure {
                Some(self.tls.build()?)
            } else {
                None
            },
            address,
            headers: self.headers,
            proxy: self.proxy,
            request_timeout: self.request_timeout,
            max_message_bytes: self.config.max_packet_bytes,
            http: OnceLock::new(),
        };
        let channel = Channel::new(
            0,
            normalized_namespace(&namespace),
            query,
            self.handle.inbox,
        );
        let first = Arc::new(channel.with(self.handlers, self.auth, self.on_refused));
        let commands = Arc::new(Mailbox::new(COMMAND_LIMITS));
        let status = Arc::new(Status::default());
        let driver = Driver::new(self.config, opener, commands.clone(), status.clone());
        runtime.spawn(Box::new(driver).run());
        Ok(Client::new(commands, status, self.handle, runtime, &first))
    }

    // ---- inside ----

    fn rule(&mut self) -> &mut Reconnection {
        self.config.reconnection.get_or_insert_default()
    }

    fn blame(&mut self, fault: BuildError) {
        self.fault.get_or_insert(fault);
    }
}

/// Another jitter for every client: the standard library's hasher is seeded by the system.
fn random_seed() -> u64 {
    use std::hash::BuildHasher;
    std::hash::RandomState::new().hash_one(0)
}
