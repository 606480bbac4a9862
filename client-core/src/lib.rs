//! The core of tidewire: Socket.IO as a pure state machine.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod backoff;
mod client;
mod config;
mod dialect;
mod engine;
pub mod envelope;
mod error;
mod namespace;
mod output;
mod payload;
mod rng;
mod time;
pub mod wire;

pub use client::Client;
pub use config::{Config, Reconnection};
pub use dialect::Dialect;
pub use engine::Lost;
pub use error::{Misuse, OpenError, Reason};
pub use namespace::{Ack, Emit};
pub use output::{
    AckError, AckId, Action, Event, Incoming, Link, Message, Nsp, Output, Packet, Refusal, Reply,
    Target, Transport,
};
pub use payload::{Frame, FrameKind, HEAD_LIMIT, Payload};
pub use time::{Millis, Time};
