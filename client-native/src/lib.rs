//! placeholder

mod ack;
mod args;
mod auth;
mod builder;
mod channel;
mod client;
mod command;
mod context;
mod dispatcher;
mod driver;
mod error;
mod event;
mod handlers;
mod mailbox;
mod settings;
mod socket;
mod stream;
mod transport;

pub use ack::AckRequest;
pub use args::{DecodeError, EncodeError, Value, Variadic};
pub use builder::Builder;
pub use bytes::Bytes;
pub use client::Client;
pub use context::{AckSender, Context};
pub use error::{
    AckError, BuildError, ConnectError, EmitError, Refused, SocketError, TransportError,
};
pub use event::{Event, Message};
pub use handlers::HandlerId;
pub use socket::Socket;
pub use stream::Events;
pub use tidewire_core::envelope;
pub use tidewire_core::{Dialect, Misuse, OpenError, Reason};
