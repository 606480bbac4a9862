//! Laravel's channels, in the shape of laravel-echo, for a laravel-echo-server.
//!
//! [`Echo`] joins public, private and presence channels over a socket, and joins them again after each reconnect. The rules are
//! those of [`tidewire_core::echo`].
//!
//! ```no_run
//! use serde::Deserialize;
//! use tidewire::Client;
//! use tidewire::echo::Echo;
//!
//! #[derive(Deserialize)]
//! struct OrderShipped {
//!     id: u64,
//! }
//!
//! #[derive(Deserialize)]
//! struct User {
//!     name: String,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let socket = Client::builder("http://localhost:6001").build()?.socket();
//! let echo = Echo::builder(&socket).bearer_token("abc").build()?;
//! echo.channel("orders")?
//!     .listen("OrderShipped", |order: OrderShipped, _| async move { println!("order {}", order.id) })?
//!     .subscribe()
//!     .await?;
//! let chat = echo
//!     .join("chat.1")?
//!     .here(|users: Vec<User>, _| async move { println!("{} are here", users.len()) })?
//!     .joining(|user: User, _| async move { println!("{} comes", user.name) })?
//!     .leaving(|user: User, _| async move { println!("{} goes", user.name) })?
//!     .listen_for_whisper("typing", |user: User, _| async move { println!("{} types", user.name) })?
//!     .error(|status, _| async move { println!("may not join: status {status}") })?;
//! chat.subscribe().await?;
//! socket.connect().await?;
//! chat.whisper("typing", serde_json::json!({"name": "Ann"})).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # To the others only
//!
//! Laravel's `broadcast(..)->toOthers()` skips the socket that a request names in the header `X-Socket-ID`. Give
//! [`Echo::socket_id_header`] to your HTTP client.
//!
//! # Limits
//!
//! | what | limit | at the limit |
//! |---|---|---|
//! | channels | 10,000 | [`EchoError::TooManyChannels`] |
//! | listeners of all channels | 10,000 | [`EchoError::TooManyListeners`] |
//! | members of a presence channel | 100,000 | [`Channel::members`] has no further ones |
//! | characters in the name of a channel | 200 | [`EchoError::Channel`] |

mod auth;
mod builder;
mod channel;
mod error;
mod events;
mod handle;
mod read;
mod shared;

pub use tidewire_core::echo::{
    InvalidChannel, InvalidData, InvalidHeader, Member, TooManyChannels, X_SOCKET_ID,
};

pub use auth::AuthRequest;
pub use builder::EchoBuilder;
pub use channel::Channel;
pub use error::EchoError;
pub use events::{ChannelEvent, ChannelEvents, ChannelMessage};
pub use handle::Echo;
