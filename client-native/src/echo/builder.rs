//! The settings of Echo.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tidewire_core::echo::{EventNames, InvalidHeader};

use super::auth::{Auth, AuthRequest};
use super::error::EchoError;
use super::handle::Echo;
use super::shared::Shared;
use crate::handle::Socket;
use crate::maybe_send::{MaybeSend, MaybeSync};

/// The settings of [`Echo`], from [`Echo::builder`].
#[must_use = "`build` makes the Echo"]
pub struct EchoBuilder {
    socket: Socket,
    auth: Auth,
    names: EventNames,
    invalid: Option<InvalidHeader>,
}

impl Echo {
    /// Settings for the channels of `socket`: of the namespace `/`, for a laravel-echo-server.
    pub fn builder(socket: &Socket) -> EchoBuilder {
        EchoBuilder {
            socket: socket.clone(),
            auth: Auth::default(),
            names: EventNames::default(),
            invalid: None,
        }
    }
}

impl EchoBuilder {
    /// The namespace of the classes of events. Default: `App.Events`. An empty one is none.
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.names = EventNames::new(Some(namespace));
        self
    }

    /// Adds a header to the request with which the server asks Laravel whether this client may join a private or presence channel.
    ///
    /// The server adds the cookies of the connection ([`Builder::cookie`](crate::Builder::cookie)).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Err(error) = self.auth.fixed.insert(name, value) {
            self.invalid.get_or_insert(error);
        }
        self
    }

    /// Adds the header `Authorization: Bearer <token>`.
    pub fn bearer_token(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// Adds the header `X-CSRF-TOKEN`.
    pub fn csrf_token(self, token: &str) -> Self {
        self.header("X-CSRF-TOKEN", token)
    }

    /// Sets an async function that gives further headers. Each subscription to a private or presence channel asks it, also after a
    /// reconnect.
    ///
    /// The connection waits for no answer; one that comes after a disconnect is not used. After a connect, 16 channels ask at a
    /// time.
    ///
    /// ```no_run
    /// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn example(socket: &tidewire::Socket) -> Result<(), tidewire::echo::EchoError> {
    /// use tidewire::echo::Echo;
    ///
    /// let echo = Echo::builder(socket)
    ///     .headers_with(|_request| async {
    ///         let token = fresh_token().await?;
    ///         Ok::<_, std::io::Error>([("Authorization", format!("Bearer {token}"))])
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_with<F, Fut, I, N, V, E>(mut self, function: F) -> Self
    where
        F: Fn(AuthRequest) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<I, E>> + MaybeSend + 'static,
        I: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<String>,
        E: fmt::Display,
    {
        self.auth.set_function(function);
        self
    }

    /// Makes the Echo, which subscribes at each connect of the socket from now on.
    ///
    /// # Errors
    /// [`EchoError::Header`] if HTTP does not allow a header.
    pub fn build(self) -> Result<Echo, EchoError> {
        if let Some(invalid) = self.invalid {
            return Err(invalid.into());
        }
        let shared = Arc::new(Shared::new(self.auth, self.names));
        Ok(Echo::start(self.socket, shared))
    }
}

impl fmt::Debug for EchoBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EchoBuilder")
            .field("socket", &self.socket)
            .field("headers", &self.auth.fixed)
            .finish_non_exhaustive()
    }
}
