//! Connecting, disconnecting, closing, and waiting for either.

use std::fmt;
use std::future::Future;

use serde::Serialize;
use tokio::sync::oneshot;

use super::{Builder, Client, Socket};
use crate::auth::AuthSource;
use crate::connection::{Command, ConnectWaiter};
use crate::error::{BuildError, ConnectError, Ended, Refused};
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::refusal::{OnRefused, Retry};

/// Connects to `url` with default settings. Short for `Client::builder(url).connect()`; see [`Builder::connect`].
///
/// # Errors
/// As [`Builder::connect`].
pub async fn connect(url: impl Into<String>) -> Result<Socket, ConnectError> {
    Client::builder(url).connect().await
}

impl Client {
    /// Configures a connection to `url`: `http://host:port/namespace`, or `https`, `ws`, `wss`.
    ///
    /// The URL's path is the namespace (`/` if there is none). Its query goes with every request.
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(url.into())
    }

    /// Disconnects every namespace and closes the connection. It does not reconnect until a `connect`, and until then emits fail
    /// with [`EmitError::Closed`](crate::EmitError::Closed).
    ///
    /// Events emitted before are sent first. Returns when the connection is closed. A socket.io server ignores events that
    /// arrive together with the disconnection: await an ack of an event that must not be lost.
    ///
    /// Cancel safe: the connection closes even if the future is dropped.
    pub async fn close(&self) {
        let (reply_tx, reply_rx) = oneshot::channel();
        self.force(Command::Close { reply_tx });
        // An error means that the driver has ended, and the connection with it.
        let _ = reply_rx.await;
    }
}

/// # Connecting
///
/// | method | waits | if an attempt fails |
/// |---|---|---|
/// | [`connect`](Socket::connect) | yes | returns the error, and nothing goes on in the background |
/// | [`start`](Socket::start) | no | the client tries again, after the pauses of reconnection |
/// | [`wait_connected`](Socket::wait_connected) | yes | the client tries again, after the pauses of reconnection |
impl Socket {
    /// Connects the namespace with one attempt, and opens the connection if there is none. Returns when the server has
    /// accepted the namespace. If attempts are going on in the background already (after a lost connection, [`start`](Socket::start)
    /// or [`wait_connected`](Socket::wait_connected)), this waits for the next one, and the others go on if it fails: an
    /// application that connects namespaces while the server is down does not shorten the delay.
    /// [`Client::hint`] with [`Hint::Online`](crate::Hint::Online) makes the attempt at once.
    ///
    /// Not cancel safe in one point: if the future is dropped, the attempt goes on.
    ///
    /// # Errors
    /// If the server refuses (and [`Builder::on_refused`] does not retry), cannot be reached, or does not answer in time.
    pub async fn connect(&self) -> Result<(), ConnectError> {
        self.await_connected(false).await
    }

    /// Starts to connect in the background. Attempts go on until the server accepts or refuses the namespace. Events
    /// emitted meanwhile are buffered.
    pub fn start(&self) {
        self.namespace.state.set_wanted();
        self.client.force(Command::Connect {
            index: self.index(),
            waiter: None,
        });
    }

    /// Waits until the namespace is connected. Starts to connect if nothing is in progress.
    ///
    /// Cancel safe: attempts go on if the future is dropped.
    ///
    /// # Errors
    /// If the server refuses, or no attempt is left. It goes on after a failed attempt if another one follows.
    pub async fn wait_connected(&self) -> Result<(), ConnectError> {
        self.await_connected(true).await
    }

    /// Waits until the namespace is disconnected and does not reconnect by itself. Returns why, at once if it has ended
    /// before and was not connected again.
    ///
    /// Cancel safe. The future does not keep the client alive.
    ///
    /// ```no_run
    /// # async fn example(socket: tidewire::Socket) {
    /// match socket.ended().await {
    ///     tidewire::Ended::Closed => {}
    ///     why => eprintln!("the connection ended: {why}"),
    /// }
    /// # }
    /// ```
    pub fn ended(&self) -> impl Future<Output = Ended> + Send + use<> {
        let (reply_tx, reply_rx) = oneshot::channel();
        self.client.force(Command::AwaitEnd {
            index: self.index(),
            reply_tx,
        });
        // An error means that the driver has ended.
        async move { reply_rx.await.unwrap_or(Ended::Closed) }
    }

    /// Disconnects the namespace. It does not reconnect by itself. The last namespace of a client closes the connection.
    ///
    /// Cancel safe: the namespace disconnects even if the future is dropped.
    pub async fn disconnect(&self) {
        let (reply_tx, reply_rx) = oneshot::channel();
        self.client.force(Command::Disconnect {
            index: self.index(),
            reply_tx,
        });
        // An error means that the driver has ended, and every namespace with it.
        let _ = reply_rx.await;
    }

    /// Closes the connection of this namespace, with all namespaces on it; see [`Client::close`].
    pub async fn close(&self) {
        self.client.close().await;
    }

    /// Sets the auth payload, which the server's middleware reads in `handshake.auth`, from the next connect on.
    ///
    /// socket.io 2.x has no auth payload; see [`Builder::auth_in_query`](crate::Builder::auth_in_query).
    ///
    /// # Errors
    /// [`BuildError::Auth`] if the value cannot be written as JSON.
    pub fn set_auth(&self, auth: impl Serialize) -> Result<(), BuildError> {
        let auth = AuthSource::value(&auth).map_err(BuildError::Auth)?;
        self.namespace.state.set_auth(auth);
        Ok(())
    }

    /// Sets an async function that gives the auth payload. Each connect calls it.
    pub fn set_auth_with<F, Fut, T, E>(&self, auth: F)
    where
        F: Fn() -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<T, E>> + MaybeSend + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        self.namespace.state.set_auth(AuthSource::function(auth));
    }

    /// Sets [`Builder::on_refused`] for this namespace.
    pub fn on_refused<F, Fut>(&self, attempts: u32, decide: F)
    where
        F: Fn(Refused) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Retry> + MaybeSend + 'static,
    {
        let on_refused = OnRefused::new(attempts, decide);
        self.namespace.state.set_on_refused(on_refused);
    }

    async fn await_connected(&self, keep_trying: bool) -> Result<(), ConnectError> {
        if self.is_connected() {
            return Ok(());
        }
        self.namespace.state.set_wanted();
        let (reply_tx, reply_rx) = oneshot::channel();
        self.client.force(Command::Connect {
            index: self.index(),
            waiter: Some(ConnectWaiter {
                keep_trying,
                reply_tx,
            }),
        });
        reply_rx.await.unwrap_or(Err(ConnectError::Closed))
    }
}
