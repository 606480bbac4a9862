//! The core of tidewire: a Socket.IO client as a pure state machine.
//!
//! It has no I/O, no clock, no randomness but a seed, no async and no `unsafe`. The application gives commands, the host passes
//! in network input and the time; actions and events come out of one ordered queue. The native crate `tidewire` and the npm
//! package are hosts of it. Use it directly where neither fits.
//!
//! # A host in one loop
//!
//! A host owns a [`Client`], carries out its actions, and passes in the results. This host plays both the application and a
//! server that accepts everything:
//!
//! ```
//! # #[cfg(feature = "bytes")] {
//! use bytes::Bytes;
//! use tidewire_core::{Ack, Action, Client, Config, Delivery, Emit, Event, Frame, Output, Packet, Time};
//!
//! let now = Time::ZERO; // the time of your clock
//! let mut client = Client::new(Config::default());
//! let chat = client.namespace("/chat", None);
//! client.connect(now, chat);
//! let payload = Bytes::from_static(br#"["hello","world"]"#);
//! let emit = Emit { payload, attachments: vec![], ack: Ack::Unlimited, delivery: Delivery::Once, compress: true };
//! let ack = client.emit(now, chat, emit).expect("there is room");
//!
//! let mut answered = None;
//! while let Some(output) = client.poll() {
//!     match output {
//!         // Here a host opens a WebSocket. The server's first packet is its handshake.
//!         Output::Action(Action::Open { link, target }) => {
//!             let mut query = String::new();
//!             target.write_query(&mut query);
//!             assert_eq!(query, "EIO=4&transport=websocket");
//!             client.handle_opened(now, link);
//!             receive(&mut client, link, r#"0{"sid":"a","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
//!         }
//!         // Here a host writes a frame: the head, then the payload.
//!         Output::Action(Action::Send { link, packet }) => {
//!             let mut frame = Vec::new();
//!             packet.write_head(&mut frame);
//!             frame.extend(packet.payload().map(|payload| &payload[..]).unwrap_or_default());
//!             match &frame[..] {
//!                 b"40/chat," => receive(&mut client, link, r#"40/chat,{"sid":"b"}"#),
//!                 b"42/chat,0[\"hello\",\"world\"]" => receive(&mut client, link, r#"43/chat,0["hi"]"#),
//!                 other => panic!("{}", String::from_utf8_lossy(other)),
//!             }
//!         }
//!         Output::Event(Event::AuthRequired(nsp)) => client.authorize(now, nsp, None),
//!         Output::Event(Event::Acked { ack, payload, .. }) => answered = Some((ack, payload)),
//!         Output::Event(event) => println!("{event:?}"),
//!         Output::Action(_) => {} // HTTP requests, and links to drop
//!     }
//! }
//! assert_eq!(answered, Some((ack.expect("an ack was asked for"), Some(Bytes::from_static(br#"["hi"]"#)))));
//! // A real host now waits for the network or the application, but no longer than this:
//! assert!(client.next_timeout().is_some());
//!
//! fn receive(client: &mut Client<Bytes>, link: tidewire_core::Link, text: &'static str) {
//!     client.handle_packet(Time::ZERO, link, Frame::text(text.as_bytes(), Bytes::from_static(text.as_bytes())));
//! }
//! # }
//! ```
//!
//! # Payloads
//!
//! The machine carries payloads and does not read them. A [`Payload`] belongs to the host: bytes, or an index into a table of
//! JavaScript values. The host shows the machine the first [`HEAD_LIMIT`] bytes of each packet, for the header, or reads the header
//! itself ([`wire::received`]). So the machine needs no JSON library; the host checks that a payload is JSON, and replaces the
//! placeholders of attachments.
//!
//! # Detection of the server's version
//!
//! If [`Config::engine_version`] is `None`, the machine asks with `EIO=4` and detects the version from the server's answers.
//! An Engine.IO 3 server (socket.io 2.x, [`EngineVersion::Eio3`]) does not read that parameter, and answers in its own format.
//! An Engine.IO 4 server (socket.io 3.x and 4.x, [`EngineVersion::Eio4`]) shows itself by `maxPayload` in the handshake, by a
//! ping, or by an id in CONNECT; an Engine.IO 3 server by a CONNECT for `/`, or any other packet, before the client has asked.
//! A 3.x server, or a 4.x one before 4.5, does none of this before it is asked: without evidence, the machine assumes
//! Engine.IO 4 after [`Config::detection`]. It does so at once if the last server was such a one.
//!
//! A server that does read the parameter may refuse it ([`Lost::Refused`]). Then the machine asks once more in the same attempt,
//! with `EIO=3`, and begins with the version that was accepted from then on.
//!
//! # Layers, bottom up
//!
//! Each module imports only from the lines above it, and modules of one line do not know each other, except as noted.
//!
//! | modules | hold |
//! |---|---|
//! | `time`, `rng`, `queue`, `payload`, `hint`, `engine_version`, `error` | values without dependencies |
//! | [`wire`] | the wire formats, without state |
//! | `output` | actions, events, and the queue in which they leave the machine |
//! | `config`, then `backoff` and `cx` | the settings, the delays of reconnection, and the context of a call |
//! | `engine`, `namespace` | Engine.IO: one connection; Socket.IO: its namespaces |
//! | `client` | [`Client`]: joins engine and namespaces, and reconnects |
//!
//! [`envelope`], `peers` above it, `echo` and `bridge` stand apart: they import nothing from the machine, and the machine nothing from them.
//!
//! # Bounds
//!
//! | what | limit (default) | at the limit |
//! |---|---|---|
//! | emits buffered while not connected, per namespace | [`Config::offline_packets`] (1,000), [`Config::offline_bytes`] (16 MiB) | [`Config::offline_policy`]: [`Misuse::BufferFull`] |
//! | emits with retries that are not acked, per namespace | the same two, counted separately | [`Misuse::BufferFull`] |
//! | acks awaited, per namespace | [`Config::max_acks`] (100,000) | [`Misuse::TooManyAcks`] |
//! | attachments of a packet | [`Config::max_attachments`] (1,000) | sent: [`Misuse::TooManyAttachments`]; received: `parse error` |
//! | a received packet with its attachments | [`Config::max_packet_bytes`] (128 MiB) | `parse error` |
//! | events before CONNECT, per namespace | [`Config::early_events`] (1,000), `max_packet_bytes` | `parse error` |
//! | packets that wait for a POST, or for the end of an upgrade | none | the host takes no more emits: [`Client::backlog`], [`Client::backlog_bytes`] |
//! | pongs that wait for a POST | 1 | it answers all pings so far; over a WebSocket, the host bounds them |
//! | the header of a received packet | [`HEAD_LIMIT`] (512 bytes) | `parse error` |
//!
//! # Versions
//!
//! Enums are exhaustive on purpose: a host that does not handle a new variant must not compile. So a new variant is a breaking
//! change. [`Config`] and [`Reconnection`] may get new fields in any release: end a literal
//! with `..Config::default()`.
//!
//! # Features
//!
//! No feature is on by default; without them the crate has no dependency and does not need `std`.
//!
//! * `bytes`: [`Payload`] for `bytes::Bytes`.
//! * `serde`: reading and writing the types of [`envelope`], `peers`, which rests on them, `echo` and `bridge`.
//! * `sign`: `envelope::sign`.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod backoff;
#[cfg(feature = "serde")]
pub mod bridge;
mod client;
mod config;
mod cx;
#[cfg(feature = "serde")]
pub mod echo;
mod engine;
mod engine_version;
pub mod envelope;
mod error;
mod hint;
mod namespace;
mod output;
mod payload;
#[cfg(feature = "serde")]
pub mod peers;
mod queue;
mod rng;
mod time;
pub mod wire;

pub use backoff::Backoff;
pub use client::Client;
pub use config::{Config, OfflinePolicy, Reconnection};
pub use engine::Lost;
pub use engine_version::EngineVersion;
pub use error::{Misuse, OpenError, Reason};
pub use hint::Hint;
pub use namespace::{Ack, Delivery, Emit};
pub use output::{
    AckError, AckId, Action, Event, Incoming, Link, Message, Nsp, Output, Packet, Recovery,
    Refusal, Reply, Target, Transport,
};
pub use payload::{Frame, FrameKind, HEAD_LIMIT, Payload, TAIL_LIMIT};
pub use time::{Millis, Time};
