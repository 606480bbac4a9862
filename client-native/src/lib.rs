//! A Socket.IO client for tokio, for servers of both generations: socket.io 2.x (and egg-socket.io), 3.x and 4.x. Which one
//! answers is found out; nothing has to be set.
//!
//! ```
//! use std::time::Duration;
//! use tidewire::{Client, Context};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tidewire_testbed::spawn(Default::default()).await?;
//! # let url = format!("{}/lab", server.url());
//! // let url = "http://localhost:3000/lab";
//! let socket = Client::builder(url)
//!     .auth(serde_json::json!({"token": "abc"}))
//!     // Arguments are any serde type. A tuple takes several.
//!     .on("tick", |(number, text): (u32, String), _| async move { println!("{number}: {text}") })
//!     // The server may want an answer.
//!     .on("question", |question: String, mut cx: Context| async move {
//!         let _ = cx.ack(format!("{question}? 42.")).await;
//!     })
//!     .connect()
//!     .await?;
//!
//! socket.emit("question", "the answer").await?;
//! let (text, list): (String, Vec<u8>) = socket
//!     .emit_with_ack("echo", ("hello", vec![1, 2, 3]))
//!     .timeout(Duration::from_secs(5))
//!     .await?;
//! assert_eq!((text.as_str(), &list[..]), ("hello", &[1, 2, 3][..]));
//! socket.client().close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Two handles
//!
//! A [`Client`] is one connection, a [`Socket`] one namespace on it. [`Builder::connect`] gives the socket of the namespace in
//! the address; [`Socket::namespace`] gives others on the same connection. Handles are cheap to clone. When the last of them
//! is dropped, the connection is closed.
//!
//! One task owns the connection; handles send it commands. Handlers of a namespace run in a task of their own: they start in
//! the order of the events, and one that waits holds up neither the connection nor the handlers after it. Emitting,
//! and awaiting acks, from inside a handler is fine.
//!
//! # Arguments
//!
//! | Rust | arguments of the event |
//! |---|---|
//! | `()` | none; on reading, whatever came is ignored |
//! | a tuple, a tuple struct, `[T; N]`, [`Variadic`] | one for each element |
//! | anything else: a struct, a map, `Vec`, `Option`, a number, ... | one |
//!
//! Binary is what serde calls bytes: [`Bytes`], the types of `serde_bytes`, [`Value::Binary`]. It may stand anywhere inside the
//! arguments and travels as an attachment. (A `Vec<u8>` is a list of numbers to serde, and to the server.)
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tidewire::{Bytes, Client};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Upload {
//!     name: String,
//!     parts: Vec<Bytes>,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tidewire_testbed::spawn(Default::default()).await?;
//! # let socket = Client::builder(server.url()).connect().await?;
//! let upload = Upload { name: "a.png".into(), parts: vec![Bytes::from_static(&[137, 80, 78, 71])] };
//! let (back, access): (Upload, String) = socket.emit_with_ack("echo", (upload, "public")).await?;
//! assert_eq!(&back.parts[0][..], &[137, 80, 78, 71]);
//! # Ok(())
//! # }
//! ```
//!
//! # Coming and going
//!
//! A server that refuses a namespace has the last word, unless [`Builder::on_refused`] has an answer: a fresh token, as a rule.
//! A lost connection comes back by itself, after pauses that grow from 1 s to 30 s; what is emitted meanwhile is kept, up to
//! 1,000 events, and sent in order. Acks of events that had been sent fail with [`AckError::Disconnected`]: whether the event
//! arrived is not known. A namespace the server has disconnected (a kick) stays so until [`Socket::connect`].
//!
//! [`Socket::events`] is a stream of everything, comings and goings included:
//!
//! ```
//! use tidewire::{Client, Event, Reason};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tidewire_testbed::spawn(Default::default()).await?;
//! # let url = format!("{}/lab", server.url());
//! let client = Client::builder(url).build()?;
//! let socket = client.socket();
//! let mut events = socket.events();
//! socket.connect().await?;
//! socket.emit("flood", (3, "wave")).await?;
//! socket.emit("kick", ()).await?;
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Connected(id) => println!("connected as {id}"),
//!         Event::Message(message) => println!("{}: {:?}", message.name(), message.json()),
//!         Event::Disconnected(reason) => {
//!             assert_eq!(reason, Reason::ServerDisconnect);
//!             break;
//!         }
//!         other => println!("{other:?}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is bounded
//!
//! | what | default | at the limit |
//! |---|---|---|
//! | commands on their way to the connection | 16,384 or 16 MiB | `emit` waits, [`Socket::try_emit`] fails |
//! | events kept while not connected ([`Builder::offline_buffer`]) | 1,000 or 16 MiB | [`EmitError::Refused`] |
//! | events a listener has not taken ([`Builder::inbox`]) | 8,192 or 16 MiB | the connection stops reading |
//! | handlers of a namespace that wait for something | 1,024 | later handlers start when one has ended |
//! | a packet from the server ([`Builder::max_packet_bytes`]) | 128 MiB | the connection is closed and comes back |
//! | attachments of a packet ([`Builder::max_attachments`]) | 1,000 | [`EmitError::Refused`]; one from the server closes the connection, which comes back |
//! | awaited acks of a namespace | 100,000 | [`EmitError::Refused`] |
//!
//! # The peer-to-peer envelope
//!
//! [`envelope`] has the messages of egg-socket.io's users (`parseMsg`, `exchange`, `deny`, presence lists) as types:
//!
//! ```
//! use tidewire::envelope::{Action, Envelope};
//!
//! let json = r#"{"data":{"action":"exchange","payload":{"msg":"hi"}},"meta":{"timestamp":1,"client":"/ptop#a"}}"#;
//! let message: Envelope = serde_json::from_str(json).expect("an envelope");
//! assert_eq!(message.data.action, Action::Exchange);
//! assert_eq!(message.data.payload["msg"], "hi");
//! ```
//!
//! # Transports
//!
//! WebSocket by default. With [`Builder::transports`], HTTP long-polling, or polling that climbs to a WebSocket once the network
//! lets it. Cookies of the server's (sticky sessions) are kept, and go with the WebSocket too.
//!
//! All of them go through a proxy if [`Builder::proxy`] names one (HTTP or SOCKS5). The environment is not read.

#![forbid(unsafe_code)]

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
mod refusal;
mod settings;
mod socket;
mod status;
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
pub use refusal::Retry;
pub use socket::Socket;
pub use stream::Events;
pub use tidewire_core::envelope;
pub use tidewire_core::{Dialect, Hint, Misuse, OfflinePolicy, OpenError, Reason, Transport};
