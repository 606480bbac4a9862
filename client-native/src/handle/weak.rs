//! A handle that does not keep its client alive.

use std::sync::{Arc, Weak};

use super::{Client, Inner, Namespace, Socket};

/// A [`Socket`] that does not keep the client alive, from [`Socket::downgrade`]: for handlers, and for whatever the application keeps.
///
/// The client owns its handlers. A handler that owns a socket of its own client would keep it connected for ever, although every
/// other handle is dropped.
///
/// ```
/// # use tidewire::Client;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder("http://localhost").build()?;
/// let (chat, log) = (client.socket(), client.namespace("/log"));
/// // `Context::socket` is the socket of the event. For another one:
/// let log = log.downgrade();
/// chat.on("message", move |text: String, _| {
///     let log = log.upgrade();
///     async move {
///         if let Some(log) = log {
///             log.emit("line", text).await?;
///         }
///         Ok::<(), tidewire::EmitError>(())
///     }
/// });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WeakSocket {
    client: Weak<Inner>,
    /// Weak as well: the namespace owns the handlers.
    namespace: Weak<Namespace>,
}

impl Socket {
    /// A handle to the same namespace that does not keep the client alive.
    pub fn downgrade(&self) -> WeakSocket {
        WeakSocket {
            client: Arc::downgrade(&self.client.inner),
            namespace: Arc::downgrade(&self.namespace),
        }
    }
}

impl WeakSocket {
    /// The socket; `None` if the last handle of its client is dropped.
    pub fn upgrade(&self) -> Option<Socket> {
        let inner = self.client.upgrade()?;
        Some(Socket::new(Client { inner }, self.namespace.upgrade()?))
    }
}
