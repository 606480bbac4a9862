//! A bot, as its function gets it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::shared::{Order, Shared};
use super::slot::Slot;
use crate::connect_limit::ConnectLimit;
use crate::error::{BuildError, ConnectError};
use crate::handle::{Builder, Client, Socket};

/// The result of a bot's function. Any error becomes one with `?`, and its text is in [`Exit::Failed`](super::Exit::Failed).
pub type BotResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// One run of a bot: its name and state, and clients that its fleet looks after. Clones are handles to the same run.
pub struct Bot<S = ()> {
    shared: Arc<Shared<S>>,
    index: usize,
    run: u32,
}

impl<S> Bot<S> {
    pub(super) fn new(shared: Arc<Shared<S>>, index: usize, run: u32) -> Bot<S> {
        Bot { shared, index, run }
    }

    /// The number of the bot, from 0 on.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name of the bot.
    pub fn name(&self) -> &str {
        &self.slot().name
    }

    /// The number of the run, from 1 on. Each restart begins another one.
    pub fn run(&self) -> u32 {
        self.run
    }

    /// The state that [`FleetBuilder::state`](super::FleetBuilder::state) has made for this bot. It stays the same through restarts.
    pub fn state(&self) -> &S {
        &self.slot().state
    }

    /// Waits until the fleet is to stop. A function that has called it has time to say goodbye and to return; others are dropped at
    /// their next `await`.
    ///
    /// ```no_run
    /// # async fn example(bot: tidewire::fleet::Bot, socket: tidewire::Socket) -> tidewire::fleet::BotResult {
    /// let mut events = socket.events();
    /// loop {
    ///     tokio::select! {
    ///         () = bot.stopped() => break,
    ///         message = events.message() => println!("{message:?}"),
    ///     }
    /// }
    /// socket.emit_with_ack::<()>("goodbye", ()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stopped(&self) -> impl Future<Output = ()> + use<'_, S> {
        // Not in the future: the function may wait for something else when the order comes.
        self.slot().want_notice();
        self.shared.stopping()
    }

    /// Whether the fleet is to stop.
    pub fn is_stopping(&self) -> bool {
        self.shared.order() != Order::Run
    }

    fn slot(&self) -> &Slot<S> {
        &self.shared.slots[self.index]
    }
}

impl<S: Send + Sync + 'static> Bot<S> {
    /// Connects a client with one attempt, as [`Builder::connect`]. Before, it waits for a place among the
    /// [handshakes](super::FleetBuilder::handshakes), without a limit.
    ///
    /// The fleet looks after the client: it closes the client when the run ends, and ends the run if the server disconnects the
    /// namespace in the URL for good; see [the module](super).
    ///
    /// # Errors
    /// As [`Builder::connect`].
    pub async fn connect(&self, builder: Builder) -> Result<Socket, ConnectError> {
        let handshakes = self.shared.handshakes.clone();
        let permit = handshakes.acquire_owned().await.ok();
        let limit = ConnectLimit::new(self.shared.handshakes.clone(), permit);
        let socket = self.build(builder, limit)?.socket();
        socket.connect().await?;
        Ok(socket)
    }

    /// Makes a client that the fleet looks after as in [`connect`](Bot::connect), and connects nothing yet: for a
    /// [`start`](Socket::start) in the background, which goes on while the server is down.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn client(&self, builder: Builder) -> Result<Client, BuildError> {
        self.build(
            builder,
            ConnectLimit::new(self.shared.handshakes.clone(), None),
        )
    }

    fn build(&self, builder: Builder, limit: ConnectLimit) -> Result<Client, BuildError> {
        let client = builder.connect_limit(limit).build()?;
        let socket = client.socket();
        // Not the fleet itself: clients do not keep it alive.
        let (fleet, index) = (Arc::downgrade(&self.shared), self.index);
        socket.observe(move |observed| {
            if let Some(fleet) = fleet.upgrade() {
                fleet.tell(&fleet.slots[index], observed.into());
            }
        });
        self.slot().add(socket);
        Ok(client)
    }
}

impl<S> Clone for Bot<S> {
    fn clone(&self) -> Bot<S> {
        Bot {
            shared: self.shared.clone(),
            ..*self
        }
    }
}

impl<S> fmt::Debug for Bot<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bot")
            .field("index", &self.index)
            .field("name", &self.name())
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
