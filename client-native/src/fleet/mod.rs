//! Many bots in one process: names, starts that are spread, supervision, a polite end. Not in browsers.
//!
//! A bot is an async function. The fleet calls it for each bot, looks after the clients that it makes, and calls it again by a
//! policy:
//!
//! ```
//! use std::time::Duration;
//! use tidewire::Client;
//! use tidewire::fleet::{Fleet, Restart};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tidewire_testbed::spawn(Default::default()).await?;
//! # let url = format!("{}/lab", server.url());
//! // let url = "https://chat.example.com/lab";
//! let fleet = Fleet::builder(100)
//!     .spread(Duration::from_secs(1))
//!     .restart(Restart::on_failure().attempts(3))
//!     .start(move |bot| {
//!         let client = Client::builder(&url).query("name", bot.name());
//!         async move {
//!             let socket = bot.connect(client).await?;
//!             let _: String = socket.emit_with_ack("echo", "hello").await?;
//!             Ok(())
//!         }
//!     })?;
//! fleet.ended().await;
//! println!("{}", fleet.status());
//! # assert_eq!(fleet.status().exits.returned, 100);
//! # Ok(())
//! # }
//! ```
//!
//! | the function | is |
//! |---|---|
//! | returns `Ok` or an error, or panics | an end of the run; [`Restart`] says whether and when the next one begins |
//! | is still running when the server has disconnected its bot for good (a kick, a refusal, no attempt left) | told by its streams (they end) and by [`Socket::ended`](crate::Socket::ended). If it does not return, and does not connect again, within the [grace](FleetBuilder::grace), it is dropped |
//! | is still running when the fleet stops | dropped at its next `await`; one that has called [`Bot::stopped`] gets time to return |
//!
//! A lost connection is no end: the client reconnects by itself, and the stream of [events](Fleet::events) tells of both. A panic in a handler (`.on(..)`) ends that handler only, as in
//! every client.
//!
//! When a run ends, its clients close: the server sees a disconnect, not a loss. The bots share the runtime and, if they have the
//! same TLS settings, one TLS configuration. At most [`handshakes`](FleetBuilder::handshakes) connections are opened at the same
//! time, after a restart of the server as well.

mod bot;
mod builder;
mod clock;
mod event;
mod handle;
mod pace;
mod restart;
mod shared;
mod slot;
mod status;
mod supervisor;

pub use bot::{Bot, BotResult};
pub use builder::FleetBuilder;
pub use event::{Change, Exit, FleetEvent, FleetEvents};
pub use handle::Fleet;
pub use restart::Restart;
pub use status::{BotPhase, BotStatus, Exits, FleetStatus};
