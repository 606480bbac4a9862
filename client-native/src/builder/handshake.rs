//! Settings that the server reads, and what to do when it refuses.

use std::fmt;
use std::future::Future;

use http::{HeaderName, HeaderValue};
use serde::Serialize;
use tidewire_core::EngineVersion;

use super::Builder;
use crate::auth::AuthSource;
use crate::error::{BuildError, Refused};
use crate::refusal::{OnRefused, Retry};

/// What the server reads.
impl Builder {
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
    /// take as long as [`connect_timeout`](Builder::connect_timeout); later is [`ConnectError::Auth`](crate::ConnectError::Auth).
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
    pub fn engine_version(mut self, engine_version: EngineVersion) -> Self {
        self.config.engine_version = Some(engine_version);
        self
    }
}
