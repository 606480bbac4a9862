//! The settings of a client, and its start.

mod handshake;
mod limits;
mod network;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use tidewire_core::Config;
use tidewire_core::wire::head::normalized_namespace;
use tokio::runtime::Handle;

use crate::auth::AuthSource;
use crate::channel::Channel;
use crate::client::{COMMAND_LIMITS, Client};
use crate::context::Context;
use crate::driver::Driver;
use crate::error::{BuildError, ConnectError};
use crate::handlers::Handlers;
use crate::mailbox::{Limits, Mailbox};
use crate::refusal::OnRefused;
use crate::settings::HandleSettings;
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

    fn blame(&mut self, fault: BuildError) {
        self.fault.get_or_insert(fault);
    }
}

/// Another jitter for every client: the standard library's hasher is seeded by the system.
fn random_seed() -> u64 {
    use std::hash::BuildHasher;
    std::hash::RandomState::new().hash_one(0)
}
