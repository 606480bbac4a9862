//! Settings that the server reads, and the callback for refusals.

use std::fmt;
use std::future::Future;

use serde::Serialize;
use tidewire_core::EngineVersion;

use super::Builder;
use crate::auth::AuthSource;
use crate::error::{BuildError, Refused};
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::refusal::{OnRefused, Retry};

/// # Handshake
impl Builder {
    /// The auth payload of the namespace in the URL, which the server's middleware reads in `handshake.auth`.
    ///
    /// socket.io 2.x has no auth payload; see [`auth_in_query`](Builder::auth_in_query). The log warns once if a server was not
    /// sent it.
    pub fn auth(mut self, auth: impl Serialize) -> Self {
        match AuthSource::value(&auth) {
            Ok(auth) => self.auth = auth,
            Err(error) => self.record_error(BuildError::Auth(error)),
        }
        self
    }

    /// Sets an async function that gives the auth payload, for tokens that expire. Each connect calls it. It may take as long as
    /// [`connect_timeout`](Builder::connect_timeout); then the connect fails with [`ConnectError::Auth`](crate::ConnectError::Auth).
    ///
    /// If it fails while the client reconnects, or after [`start`](crate::Socket::start), the client tries again after the pauses of
    /// reconnection: the service that gives the tokens may be down, too.
    pub fn auth_with<F, Fut, T, E>(mut self, auth: F) -> Self
    where
        F: Fn() -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<T, E>> + MaybeSend + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        self.auth = AuthSource::function(auth);
        self
    }

    /// Adds the auth payload to the query of a namespace on a socket.io 2.x server: texts as they are, other values as JSON.
    /// Default: false.
    ///
    /// It holds for all namespaces but `/`, which a 2.x server connects by itself: its token goes into
    /// [`query`](Builder::query). The query is in the packet that connects the namespace, and not in a URL.
    pub fn auth_in_query(mut self, on: bool) -> Self {
        self.config.auth_on_eio3 = on;
        self
    }

    /// Calls `decide` if the server refuses the namespace in the URL, as its middleware does with an expired token.
    ///
    /// With [`Retry::WithFreshAuth`], the client connects again after a pause (those of
    /// [`reconnection_delay`](Builder::reconnection_delay), longer with each refusal), with a new auth payload from
    /// [`auth_with`](Builder::auth_with). This holds for the first connect and for reconnects. Pending `connect` calls keep
    /// waiting; streams and handlers get each refusal.
    ///
    /// `attempts` is the number of refusals in a row for which `decide` is called. The next one is final. The count starts
    /// again when the server accepts the namespace, or when the application calls `connect`. Default: every refusal is final.
    ///
    /// `decide` may take as long as [`connect_timeout`](Builder::connect_timeout), so that it can fetch a token. If it takes longer or
    /// panics, the refusal is final. A socket.io 2.x server reads the token from the query, which does not change without
    /// [`auth_in_query`](Builder::auth_in_query).
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
        F: Fn(Refused) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Retry> + MaybeSend + 'static,
    {
        self.on_refused = Some(OnRefused::new(attempts, decide));
        self
    }

    /// Adds a parameter to the query of every request, after those in the URL.
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((key.into(), value.into()));
        self
    }

    /// The path of the server's Socket.IO endpoint. Default: `/socket.io/`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The server's Engine.IO version, to skip the detection. Default: detected, by what the server sends; one that refuses
    /// Engine.IO 4 with the status 400, as python-engineio 3 does, is asked for Engine.IO 3 in the same attempt.
    pub fn engine_version(mut self, version: EngineVersion) -> Self {
        self.config.engine_version = Some(version);
        self
    }
}
