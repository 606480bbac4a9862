//! The description of a namespace.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use super::call::Call;
use super::connection::Connection;
use super::middleware::{Admission, ConnectionMiddleware, Controller, Next, PacketMiddleware};

use crate::Refusal;

/// A namespace: who may connect, what happens while a client is connected, and what its events do.
///
/// ```
/// use tidewire_testbed::{Call, Config, Connection, Namespace, Next, Refusal, spawn_with};
///
/// async fn adults_only(connection: Connection) -> Result<(), Refusal> {
///     match connection.query("age").and_then(|age| age.parse().ok()) {
///         Some(18..=u32::MAX) => Ok(()),
///         _ => Err(Refusal::new("this namespace is for adults")),
///     }
/// }
///
/// async fn greet(connection: Connection, next: Next) -> Result<(), Refusal> {
///     connection.emit("hello", "welcome").await;
///     next.run().await?; // returns when the client has left
///     println!("{} has left", connection.id());
///     Ok(())
/// }
///
/// async fn no_shouting(call: Call) -> Result<Call, Refusal> {
///     match call.text(0) {
///         Some(text) if text == text.to_uppercase() => Err(Refusal::new("do not shout")),
///         _ => Ok(call),
///     }
/// }
///
/// async fn say(call: Call) -> Result<(), Refusal> {
///     let text = call.text(0).ok_or_else(|| Refusal::new("say: the text is missing"))?;
///     call.connection().emit_to_all("said", text).await;
///     call.ack(&"said").await;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let bar = Namespace::new("/bar")
///     .admit(adults_only)
///     .connection(greet)
///     .packet(no_shouting)
///     .on("say", say);
/// let testbed = spawn_with(Config::default(), vec![bar]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Namespace {
    pub(super) path: String,
    pub(super) rules: Rules,
}

/// The middleware and controllers of a namespace, in the order in which it was added.
#[derive(Clone, Default)]
pub(super) struct Rules {
    pub(super) admissions: Vec<Admission>,
    pub(super) connections: Vec<ConnectionMiddleware>,
    pub(super) packets: Vec<PacketMiddleware>,
    pub(super) controllers: HashMap<String, Controller>,
}

impl Namespace {
    /// Describes a namespace that every client may enter and that does nothing. `path` begins with `/`.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            rules: Rules::default(),
        }
    }

    /// Adds a check of clients before they are connected. A refused client gets CONNECT_ERROR with the text of the refusal.
    /// The check cannot emit, because the client is not connected.
    #[must_use]
    pub fn admit<F, Answer>(mut self, check: F) -> Self
    where
        F: Fn(Connection) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let check: Admission = Arc::new(move |connection| Box::pin(check(connection)));
        self.rules.admissions.push(check);
        self
    }

    /// Adds middleware that runs from the client's connection to its end: [`Next::run`] returns when the client has
    /// left. Events wait until all middleware has called it. Middleware that returns a refusal before that disconnects the
    /// client, after an event `refused` with the text.
    #[must_use]
    pub fn connection<F, Answer>(mut self, middleware: F) -> Self
    where
        F: Fn(Connection, Next) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let middleware: ConnectionMiddleware =
            Arc::new(move |connection, next| Box::pin(middleware(connection, next)));
        self.rules.connections.push(middleware);
        self
    }

    /// Adds middleware for each event, known or not. It passes the event on, changed or not, or refuses it.
    #[must_use]
    pub fn packet<F, Answer>(mut self, middleware: F) -> Self
    where
        F: Fn(Call) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Call, Refusal>> + Send + 'static,
    {
        let middleware: PacketMiddleware = Arc::new(move |call| Box::pin(middleware(call)));
        self.rules.packets.push(middleware);
        self
    }

    /// Sets the controller of an event. A refusal becomes the ack `{"error": text}`, or without an ack the event `refused` with
    /// the name of the event and the text. An event without a controller is ignored, as in egg.
    #[must_use]
    pub fn on<F, Answer>(mut self, event: impl Into<String>, controller: F) -> Self
    where
        F: Fn(Call) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let controller: Controller = Arc::new(move |call| Box::pin(controller(call)));
        self.rules.controllers.insert(event.into(), controller);
        self
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let events: Vec<_> = self.rules.controllers.keys().collect();
        out.debug_struct("Namespace")
            .field("path", &self.path)
            .field("events", &events)
            .finish_non_exhaustive()
    }
}
