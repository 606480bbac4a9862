//! The settings of a client, and how it is built.

mod handshake;
mod limits;
#[cfg(not(target_family = "wasm"))]
mod native;
mod network;
mod timing;
#[cfg(target_family = "wasm")]
mod web;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tidewire_core::wire::head::normalized_namespace;
use tidewire_core::{Config, Reconnection, Transport};

use super::handlers::Handlers;
use super::listen::{typed, untyped};
use super::output::HandlerOutput;
use super::{Client, Context, Namespace, Socket, dispatcher};
use crate::address::Parsed;
use crate::auth::AuthSource;
use crate::connection::{Driver, NamespaceState};
use crate::connection_state::ConnectionState;
use crate::error::{BuildError, ConnectError, SocketError};
use crate::event::Message;
use crate::host::{self, Runtime, Settings};
use crate::mailbox::{Limits, Mailbox};
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::options::{COMMAND_LIMITS, HandleOptions};
use crate::refusal::OnRefused;

/// The settings of a client. [`connect`](Builder::connect) and [`build`](Builder::build) report a wrong setting.
///
/// Each setter changes one setting, and no setter undoes another. A later call of the same setter wins, except for those that
/// add: `on` and its relatives, `query`, `header`, `cookie` and `root_certificate_pem`. `auth` and `auth_with` set the same setting.
#[derive(Debug)]
#[must_use = "a builder does nothing until `connect` or `build`"]
pub struct Builder {
    url: String,
    path: Option<String>,
    query: Vec<(String, String)>,
    network: Settings,
    auth: AuthSource,
    on_refused: Option<OnRefused>,
    handlers: Handlers<Context>,
    config: Config,
    /// Whether reconnection is on, and its rules: apart, so that setting a rule does not turn it on.
    reconnects: bool,
    reconnection: Reconnection,
    options: HandleOptions,
    /// The first wrong setting.
    error: Option<BuildError>,
}

impl Builder {
    pub(super) fn new(url: String) -> Builder {
        let config = Config {
            seed: host::random_seed(),
            ..Config::default()
        };
        Builder {
            url,
            path: None,
            query: Vec::new(),
            network: Settings::default(),
            auth: AuthSource::None,
            on_refused: None,
            handlers: Handlers::default(),
            reconnects: true,
            reconnection: Reconnection::default(),
            options: HandleOptions {
                ack_timeout: Some(Duration::from_secs(30)),
                inbox: Limits {
                    items: usize::MAX,
                    bytes: 16 << 20,
                },
                compressed: usize::MAX,
                max_attachments: config.max_attachments,
                running_handlers: 1_024,
            },
            config,
            error: None,
        }
    }

    // ---- handlers ----

    /// Registers a handler on the namespace in the URL, before the first event can arrive; see [`Socket::on`].
    pub fn on<T, F, Fut>(self, name: &str, handler: F) -> Self
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.handlers.add(name, false, typed(handler));
        self
    }

    /// Registers a handler for the next event of this name only; see [`Socket::once`].
    pub fn once<T, F, Fut>(self, name: &str, handler: F) -> Self
    where
        T: DeserializeOwned,
        F: Fn(T, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.handlers.add(name, true, typed(handler));
        self
    }

    /// Registers a handler for every event from the server; see [`Socket::on_any`].
    pub fn on_any<F, Fut>(self, handler: F) -> Self
    where
        F: Fn(Message, Context) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output: HandlerOutput> + MaybeSend + 'static,
    {
        self.handlers.add_any(untyped(handler));
        self
    }

    /// Registers a handler for errors that no call returns; see [`Socket::on_error`].
    pub fn on_error(self, handler: impl Fn(SocketError) + MaybeSend + MaybeSync + 'static) -> Self {
        self.handlers.set_error_handler(handler);
        self
    }

    // ---- the start ----

    /// Connects to the namespace in the URL, with one attempt; see [`Socket::connect`].
    ///
    /// Cancel safe: the client ends if the future is dropped.
    ///
    /// # Errors
    /// [`ConnectError::Build`] for a wrong setting, and all errors of `Socket::connect`.
    pub async fn connect(self) -> Result<Socket, ConnectError> {
        let socket = self.build()?.socket();
        socket.connect().await?;
        Ok(socket)
    }

    /// Makes the client and connects nothing yet: to set handlers on several namespaces first, or to
    /// [`start`](Socket::start) in the background.
    ///
    /// # Errors
    /// If a setting is wrong, or there is no tokio runtime.
    pub fn build(mut self) -> Result<Client, BuildError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if cfg!(not(feature = "polling")) && self.config.transports.contains(&Transport::Polling) {
            return Err(BuildError::NoPolling);
        }
        if self.config.transports.contains(&Transport::WebTransport) {
            use_webtransport(&mut self.network)?;
        }
        if self.config.transports.is_empty() {
            return Err(BuildError::NoTransports);
        }
        let runtime = Runtime::current().ok_or(BuildError::NoRuntime)?;
        let Parsed {
            mut address,
            namespace,
            query,
        } = Parsed::new(&self.url)?;
        if let Some(path) = &self.path {
            address.set_path(path);
        }
        address.check_namespace(&namespace)?;
        for (key, value) in &self.query {
            address.add_query(key, value);
        }
        let connection = Arc::new(ConnectionState::default());
        let limit = self.config.max_packet_bytes;
        let connector = self.network.connector(address, limit, connection.clone())?;
        let config = Config {
            reconnection: self.reconnects.then_some(self.reconnection),
            ..self.config
        };
        let name = normalized_namespace(&namespace);
        let state = NamespaceState::new(0, name, query, self.options.inbox);
        state.set_auth(self.auth);
        if let Some(on_refused) = self.on_refused {
            state.set_on_refused(on_refused);
        }
        let has_handlers = !self.handlers.is_empty();
        let first = Namespace {
            state: Arc::new(state),
            handlers: self.handlers,
        };
        let commands = Arc::new(Mailbox::new(COMMAND_LIMITS));
        let driver = Driver::new(config, connector, commands.clone());
        runtime.spawn(Box::new(driver).run());
        let client = Client::new(commands, connection, self.options, runtime, first);
        if has_handlers {
            dispatcher::ensure_running(&client.socket());
        }
        Ok(client)
    }

    // ---- inside ----

    fn record_error(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }
}

#[cfg(feature = "webtransport")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature, it fails")]
fn use_webtransport(network: &mut Settings) -> Result<(), BuildError> {
    network.use_webtransport();
    Ok(())
}

#[cfg(not(feature = "webtransport"))]
fn use_webtransport(_: &mut Settings) -> Result<(), BuildError> {
    Err(BuildError::NoWebTransport)
}

#[cfg(test)]
mod tests {
    use tidewire_core::Millis;

    use super::*;

    #[test]
    fn no_setter_undoes_another_in_any_order() {
        let delay = |builder: Builder| builder.reconnection_delay(Duration::from_millis(7));
        let attempts = |builder: Builder| builder.reconnection_attempts(3);
        let off = |builder: Builder| builder.reconnection(false);
        let new = || Client::builder("http://localhost");
        for builder in [
            off(attempts(delay(new()))),
            delay(attempts(off(new()))),
            attempts(off(delay(new()))),
        ] {
            assert!(!builder.reconnects);
            let builder = builder.reconnection(true);
            assert_eq!(builder.reconnection.attempts, Some(3));
            assert_eq!(builder.reconnection.delay, Millis(7));
            assert_eq!(builder.reconnection.delay_max, Millis::from_secs(30));
        }
    }

    #[test]
    fn an_empty_list_of_transports_is_an_error() {
        let builder = Client::builder("http://localhost").transports([]);
        assert_eq!(builder.build().map(drop), Err(BuildError::NoTransports));
    }

    #[cfg(not(feature = "webtransport"))]
    #[test]
    fn without_the_feature_webtransport_a_builder_rejects_it() {
        let builder = Client::builder("https://localhost").transports([Transport::WebTransport]);
        let error = builder.build().map(drop);
        assert_eq!(error, Err(BuildError::NoWebTransport));
        assert_eq!(
            BuildError::NoWebTransport.to_string(),
            "the WebTransport transport needs the feature `webtransport` of the crate tidewire, which is off"
        );
    }

    #[cfg(not(feature = "polling"))]
    #[test]
    fn without_the_feature_polling_a_builder_rejects_it() {
        let builder = Client::builder("http://localhost").transports([Transport::Polling]);
        assert_eq!(builder.build().map(drop), Err(BuildError::NoPolling));
    }

    #[test]
    fn a_randomization_factor_is_between_0_and_1() {
        for (factor, percent) in [(0.5, 50), (0.0, 0), (7.0, 100), (-1.0, 0), (f64::NAN, 0)] {
            let builder = Client::builder("http://localhost").randomization_factor(factor);
            assert_eq!(builder.reconnection.randomization_percent, percent);
        }
    }
}
