//! A Socket.IO client for tokio and for browsers that talks to every Socket.IO server: 2.x (and egg-socket.io), 3.x and 4.x. It detects which
//! version answers.
//!
//! ```
//! use std::time::Duration;
//! use tidewire::{Ack, Client};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tidewire_testbed::spawn(Default::default()).await?;
//! # let url = format!("{}/lab", server.url());
//! // let url = "http://localhost:3000/lab";
//! let socket = Client::builder(url)
//!     .auth(serde_json::json!({"token": "abc"}))
//!     // Arguments are any serde type. A tuple is several arguments.
//!     .on("tick", |(number, text): (u32, String), _| async move { println!("{number}: {text}") })
//!     // A handler may return the ack that the server expects.
//!     .on("question", |question: String, _| async move { Ack(format!("{question}? 42.")) })
//!     .connect()
//!     .await?;
//!
//! socket.emit("question", "the answer").await?;
//! let (text, list): (String, Vec<u8>) = socket
//!     .emit_with_ack("echo", ("hello", vec![1, 2, 3]))
//!     .timeout(Duration::from_secs(5))
//!     .await?;
//! assert_eq!((text.as_str(), &list[..]), ("hello", &[1, 2, 3][..]));
//! socket.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Two handles
//!
//! A [`Client`] is one connection, a [`Socket`] one namespace on it. [`Builder::connect`] returns the socket of the namespace in
//! the URL; [`Socket::namespace`] returns others on the same connection. Handles are cheap to clone. When the last one is
//! dropped, the connection closes.
//!
//! One task owns the connection, and handles send it commands. The handlers of a namespace run in another task. They start in
//! the order of the events, and a pending handler blocks neither the connection nor later handlers. Emitting and awaiting
//! acks inside a handler is fine: while acks are awaited, the connection reads on although events pile up, up to a second limit
//! (see the table of limits below). A handler that captures its own [`Socket`] keeps the client alive; use [`Context::socket`],
//! or [`Socket::downgrade`].
//!
//! # Arguments
//!
//! | Rust | arguments of the event |
//! |---|---|
//! | `()` | none; when decoding, all arguments are ignored |
//! | a tuple, a tuple struct, `[T; N]`, [`Variadic`] | one for each element |
//! | any other type: a struct, a map, `Vec`, `Option`, a number, ... | one |
//!
//! When decoding, more arguments than the type takes are ignored, as in JavaScript; one too few is an error, unless it is an `Option`.
//!
//! Binary is what serde calls bytes: [`Bytes`], the types of `serde_bytes`, [`Value::Binary`]. It may stand anywhere inside the
//! arguments, and is sent as an attachment. (A `Vec<u8>` is a list of numbers to serde, and to the server.)
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tidewire::Bytes;
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
//! let socket = tidewire::connect(server.url()).await?;
//! let upload = Upload { name: "a.png".into(), parts: vec![Bytes::from_static(&[137, 80, 78, 71])] };
//! let (back, access): (Upload, String) = socket.emit_with_ack("echo", (upload, "public")).await?;
//! assert_eq!(&back.parts[0][..], &[137, 80, 78, 71]);
//! # Ok(())
//! # }
//! ```
//!
//! # If a handler is not called
//!
//! Arguments of another type than the handler's are an error that no call returns, as are failed handlers and malformed
//! packets. [`Builder::on_error`] gets them; without it, they go to the `tracing` log only. `.on_error(|error| eprintln!("{}",
//! tidewire::error_text(&error)))` shows which argument does not match. A handler that uses `?` ends in
//! `Ok::<(), tidewire::EmitError>(())`, or in `Ok::<_, String>(Ack(..))`.
//!
//! # Connecting and reconnecting
//!
//! [`Builder::connect`] and [`Socket::connect`] make one attempt. [`Socket::start`] and [`Socket::wait_connected`] go on while the
//! server is down.
//!
//! If the server refuses a namespace, it stays disconnected, unless [`Builder::on_refused`] retries, with a new token for example.
//! After a lost connection the client reconnects by itself, with pauses that grow from 1 s to 30 s. Events emitted meanwhile
//! are buffered, up to 1,000, and sent in order. Acks of events that were sent before fail with [`AckError::Disconnected`],
//! because the client cannot know whether they arrived. A namespace that the server has disconnected (a kick) stays so until
//! [`Socket::connect`]; until then events are buffered, and awaited acks time out. [`Socket::ended`] waits until a namespace is
//! disconnected for good, and says why; streams tell it by [`Event::Ended`].
//!
//! # Debugging
//!
//! [`error_text`] is the text of an error with its causes. What no caller is told goes to the log of the crate `tracing`, with the
//! target `tidewire`: `tracing_subscriber::fmt().with_env_filter("tidewire=debug").init()` (feature `env-filter`) shows it. In a
//! browser it needs `without_time()` and a writer to the console: the clock of the standard library traps there.
//!
//! [`Client::metrics`] counts: events, acks, bytes, reconnects, losses by reason; and how long each stage of the connect took.
//!
//! [`Socket::events`] is a stream of all events, changes of the connection included:
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
//!         Event::Disconnected { reason, reconnects, .. } => {
//!             assert_eq!((reason, reconnects), (Reason::ServerDisconnect, false));
//!             break;
//!         }
//!         other => println!("{other:?}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! | buffer | default | at the limit |
//! |---|---|---|
//! | commands to the connection | 16,384, or 16 MiB with all that is not sent yet | `emit` waits, first come, first served; [`Socket::try_emit`] fails |
//! | events buffered while not connected ([`Builder::offline_events`]) | 1,000 | [`EmitError::Refused`], or as [`Builder::offline_policy`] says |
//! | their bytes ([`Builder::offline_bytes`]) | 16 MiB | the same |
//! | events that a listener has not taken ([`Builder::inbox_bytes`]) | 16 MiB | the connection stops reading, unless an ack or a connect is awaited |
//! | the same while an ack or a connect is awaited | 64 MiB | the connection stops reading; awaited acks fail with [`AckError::InboxFull`] |
//! | pongs that the server does not read | 1,024 | the connection stops reading |
//! | pending handlers of a namespace | 1,024 | later handlers start when one has ended |
//! | a packet from the server ([`Builder::max_packet_bytes`]) | 128 MiB | the connection closes, and the client reconnects |
//! | attachments of a packet ([`Builder::max_attachments`]) | 1,000 | [`EmitError::Refused`]; from the server: the connection closes, and the client reconnects |
//! | awaited acks of a namespace ([`Builder::max_acks`]) | 100,000 | [`EmitError::Refused`] |
//! | the head of the response to a WebSocket | 16 KiB, 100 headers | [`TransportError::Http`] |
//! | empty fragments of a WebSocket message | 1,024 | the connection closes, and the client reconnects |
//! | cookies of the server | 50 of 4,096 bytes | the oldest one goes; a longer one is ignored |
//!
//! # Unit tests of handlers
//!
//! A handler is an async function of its arguments and a [`Context`], so a test can call it. `Context::new` needs a socket, which
//! needs no server. [`Context::with_ack`] also receives the ack that a handler sends through its context.
//!
//! ```
//! use tidewire::{Ack, Client, Context};
//!
//! async fn sum((a, b): (i64, i64), _context: Context) -> Ack<i64> {
//!     Ack(a + b)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let socket = Client::builder("http://localhost").build()?.socket();
//! assert_eq!(sum((1, 2), Context::new(socket)).await, Ack(3));
//! # Ok(())
//! # }
//! ```
//!
//! # Peers
//!
//! [`peers`] sends to other clients, and knows who is there, with the servers of egg-socket.io's peer-to-peer example and of
//! mobile-sdk. [`envelope`] below it has the messages of egg-socket.io applications (`parseMsg`, `exchange`, `deny`, presence lists) as types:
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
//! # Bots
//!
//! `fleet` runs many bots in one process: beginnings that are spread, supervision, restarts, a polite end. Not in browsers.
//!
//! # Laravel
//!
//! [`echo`] has the channels of laravel-echo: public, private and presence channels of a laravel-echo-server.
//!
//! [`bridge`] has the messages of programs without a socket: of mobile-sdk's HTTP route, and of PHP programs that publish in Redis.
//!
//! # Transports
//!
//! The default is WebSocket. [`Builder::transports`] adds HTTP long-polling, alone or with an upgrade to a WebSocket. Cookies that
//! the server sets (sticky sessions) go with every later request and WebSocket, beside those of [`Builder::cookie`].
//!
//! Every transport goes through a proxy if [`Builder::proxy`] names one (HTTP or SOCKS5). The environment is not read.
//!
//! # Memory
//!
//! An idle connection with one namespace takes about (heap, Linux, 64 bits):
//!
//! | transport | without TLS | with TLS |
//! |---|---|---|
//! | WebSocket, also after an upgrade | 4 KiB | 12 KiB |
//! | polling: an HTTP connection for the poll, and for 4 s that of the last POST | 34 KiB | 51 KiB |
//!
//! Clients that trust the same certificates share their TLS configuration, which would be 36 KiB for each, and 100 KiB with
//! [`Builder::native_roots`]. A configuration of your own is shared if [`Builder::rustls_config`] gets the same `Arc`.
//!
//! # In a browser
//!
//! The crate compiles for `wasm32-unknown-unknown` with the same API, for pages and workers. Code that uses both compiles unchanged:
//!
//! ```text
//!   your code: Client, Socket, handlers, streams, peers
//!   ───────────────────────────────────────────────────
//!   arguments, handles, events, errors, the driver          written once
//!   tidewire-core: the protocol as a state machine
//!   ───────────────────────── host ────────────────────
//!   tokio, hyper, rustls, tungstenite  │  tidewire-web: WebSocket, fetch, setTimeout, events of network and page
//! ```
//!
//! | natively | in a browser |
//! |---|---|
//! | handlers, their futures and callbacks are `Send` ([`MaybeSend`]) | no such bound: a handler may capture an `Rc` or a `JsValue`; handles are not `Send` |
//! | `Builder::header`, `cookie` | missing: a WebSocket of a browser has no own headers. `auth` or `query` carry a token |
//! | cookies of the server | the browser keeps them. `Builder::with_credentials` sends them to another origin over polling |
//! | `Builder::proxy`, `local_address` | missing: the browser has its own |
//! | `Builder::root_certificate_pem`, `native_roots`, `rustls_config` | missing: the browser decides about certificates |
//! | [`Client::hint`] | the network and the page give hints by themselves: online, offline, freeze, resume, the back/forward cache |
//! | the connection stops reading if events are not taken | a browser cannot: above 64 MiB the connection closes ([`BrowserError::Unread`]) |
//! | a redirect is an error | the browser follows it |
//! | `build` needs a tokio runtime | it needs none |
//! | a handler that panics unwinds | no destructor runs: a `RefCell` stays borrowed, a [`Context`] that it holds keeps the connection until `close`, and `std::thread::panicking` stays true. Other handlers go on. Set a panic hook when the program starts, because without one no text is shown |
//!
//! A browser hides why it refuses. [`BrowserError`] names the likely reason, which another request finds out for CORS. If a page's
//! Content-Security-Policy forbids WebAssembly itself, no Rust code runs: allow `script-src 'wasm-unsafe-eval'`. A tab that is closed
//! sends what the browser already holds, and no more: await the ack of an event that must not be lost.
//!
//! # Features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `polling` | on | HTTP long-polling; without it, WebSocket only |
//! | `deflate` | off | compressed WebSocket messages, see `Builder::per_message_deflate`; not in browsers |
//! | `webtransport` | off | WebTransport, see [`Builder::transports`]. Natively it adds 37 crates for QUIC (quinn), HTTP/3 (wtransport) and certificates |
//!
//! # Layers, bottom up
//!
//! | folder or file | content | imports |
//! |---|---|---|
//! | `args/`, `mailbox`, `text`, `frame`, `pongs`, `maybe_send`, `guard`, `metrics` | arguments by serde; bounded queues; checked UTF-8; frames for the machine; the limit of pongs; bounds and panics of callbacks; numbers of a connection | nothing of this crate |
//! | `error` | the public errors | `args` |
//! | `address`, `options`, `auth`, `refusal`, `event`, `received`, `polling_body`, `meter`, `connection_state`, `connect_limit`, `stream_frames` | values of the layers above; counters | the above |
//! | `transport/` | native only: WebSockets, WebTransports, HTTP requests, TLS, proxies | the above |
//! | `host/` | the boundary to the platform: tokio with `transport/`, or the browser with the crate `tidewire-web` | the above |
//! | `connection/` | the task that owns the machine, and the state it shares | all above |
//! | `handle/` | the handles of users, the builder, the task that calls handlers | all above |
//! | `fleet` | native only: many bots in one process | all above; not [`echo`] and [`peers`] |
//! | [`echo`] | Laravel's channels, for laravel-echo-server | all above; not [`peers`] |
//! | [`peers`] | messages from client to client, and presence | all above; not [`echo`] |

#![forbid(unsafe_code)]
#![cfg_attr(
    target_family = "wasm",
    allow(clippy::arc_with_non_send_sync, reason = "natively they are Send")
)]

mod address;
mod args;
mod auth;
#[cfg(not(target_family = "wasm"))]
mod connect_limit;
mod connection;
mod connection_state;
pub mod echo;
mod error;
mod event;
#[cfg(not(target_family = "wasm"))]
pub mod fleet;
mod frame;
mod guard;
mod handle;
mod host;
mod mailbox;
mod maybe_send;
mod meter;
mod metrics;
mod options;
pub mod peers;
#[cfg_attr(
    not(feature = "polling"),
    allow(dead_code, reason = "there are no requests")
)]
mod polling_body;
mod pongs;
mod received;
mod refusal;
#[cfg(feature = "webtransport")]
mod stream_frames;
mod text;
#[cfg(not(target_family = "wasm"))]
mod transport;

pub use args::{DecodeError, EncodeError, Value, Variadic};
pub use bytes::Bytes;
pub use error::{
    AckError, BrowserError, BuildError, ConnectError, EmitError, Ended, Refused, SocketError,
    TransportError, error_text,
};
pub use event::{Event, Message};
pub use handle::{
    Ack, AckReceiver, AckRequest, AckSender, Builder, Client, Context, Events, HandlerId,
    HandlerOutput, Socket, TypedEvents, WeakSocket, connect,
};
pub use maybe_send::{MaybeSend, MaybeSync};
pub use metrics::{ConnectStages, Losses, Metrics};
pub use refusal::Retry;
/// The version of rustls in [`Builder::rustls_config`].
#[cfg(not(target_family = "wasm"))]
pub use rustls;
pub use tidewire_core::wire::head::{Malformed, RESERVED_EVENTS};
pub use tidewire_core::{EngineVersion, Hint, Misuse, OfflinePolicy, OpenError, Reason, Transport};
pub use tidewire_core::{bridge, envelope};
#[cfg(all(feature = "deflate", not(target_family = "wasm")))]
pub use transport::deflate::PerMessageDeflate;
