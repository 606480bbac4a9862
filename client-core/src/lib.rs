//! The core of tidewire: a Socket.IO client as a pure state machine.
//!
//! No I/O, no clock, no randomness but a seed, no async, no `unsafe`. Commands come from the application, news from the
//! network and the time from the host; actions and events come out of one ordered queue. The native crate `tidewire` and
//! the npm package stand on it; use it yourself where neither fits.
//!
//! # A host in one loop
//!
//! A host owns a [`Client`], carries out its actions, and feeds it what comes back. This one plays both the application
//! and a server that grants everything:
//!
//! ```
//! # #[cfg(feature = "bytes")] {
//! use bytes::Bytes;
//! use tidewire_core::{Ack, Action, Client, Config, Delivery, Emit, Event, Frame, Output, Packet, Time};
//!
//! let now = Time::ZERO; // of your own clock
//! let mut client = Client::new(Config::default());
//! let chat = client.namespace("/chat", None);
//! client.connect(now, chat);
//! let payload = Bytes::from_static(br#"["hello","world"]"#);
//! let emit = Emit { payload, attachments: vec![], ack: Ack::Unlimited, delivery: Delivery::Once };
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
//!             hear(&mut client, link, r#"0{"sid":"a","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
//!         }
//!         // Here a host writes a frame: the head, then the payload.
//!         Output::Action(Action::Send { link, packet }) => {
//!             let mut frame = Vec::new();
//!             packet.write_head(&mut frame);
//!             frame.extend(packet.payload().map(|payload| &payload[..]).unwrap_or_default());
//!             match &frame[..] {
//!                 b"40/chat," => hear(&mut client, link, r#"40/chat,{"sid":"b"}"#),
//!                 b"42/chat,0[\"hello\",\"world\"]" => hear(&mut client, link, r#"43/chat,0["hi"]"#),
//!                 other => panic!("{}", String::from_utf8_lossy(other)),
//!             }
//!         }
//!         Output::Event(Event::AuthRequired(nsp)) => client.authorize(now, nsp, None),
//!         Output::Event(Event::Acked { ack, payload, .. }) => answered = Some((ack, payload)),
//!         Output::Event(event) => println!("{event:?}"),
//!         Output::Action(_) => {} // requests by HTTP, and links to give up
//!     }
//! }
//! assert_eq!(answered, Some((ack.expect("an ack was asked for"), Some(Bytes::from_static(br#"["hi"]"#)))));
//! // A real host now waits for the network, for the application, or until:
//! assert!(client.next_timeout().is_some());
//!
//! fn hear(client: &mut Client<Bytes>, link: tidewire_core::Link, text: &'static str) {
//!     client.handle_packet(Time::ZERO, link, Frame::text(text.as_bytes(), Bytes::from_static(text.as_bytes())));
//! }
//! # }
//! ```
//!
//! # Payloads
//!
//! The machine carries payloads and never reads them: a [`Payload`] is the host's, bytes or an index into a table of
//! JavaScript values. Of each packet the host shows the first [`HEAD_LIMIT`] bytes, for the header. So no JSON library is in
//! here; whether a payload is JSON, and what the placeholders of attachments stand for, is the host's to find out.
//!
//! # Which server answers
//!
//! Unless [`Config::engine_version`] says so, the machine asks with `EIO=4` and finds out. A 2.x server does not read that, and
//! answers in its own form; the session goes on in it. Signs: `maxPayload` in the handshake, a ping of the server's or an id
//! in a CONNECT are of a 4.x server ([`EngineVersion::Eio4`]); a CONNECT for `/` that nobody asked for, or any event before it, is of
//! a 2.x server ([`EngineVersion::Eio3`]). A 3.x or early 4.x server gives no sign and is taken for what it is after
//! [`Config::detection`].
//!
//! # Bounds
//!
//! | what | limit (default) | at the limit |
//! |---|---|---|
//! | emits kept while not connected | [`Config::offline_packets`] (1,000), [`Config::offline_bytes`] (16 MiB) | [`Misuse::BufferFull`] |
//! | emits sent until answered, per namespace | the same two, counted apart | [`Misuse::BufferFull`] |
//! | acks awaited, per namespace | [`Config::max_acks`] (100,000) | [`Misuse::TooManyAcks`] |
//! | attachments of a packet | [`Config::max_attachments`] (1,000) | out: [`Misuse::TooManyAttachments`]; in: `parse error` |
//! | a packet with its attachments | [`Config::max_packet_bytes`] (128 MiB) | `parse error` |
//! | events before CONNECT | [`Config::early_events`] (1,000), `max_packet_bytes` | `parse error` |
//! | a packet's header | [`HEAD_LIMIT`] (512 bytes) | `parse error` |
//!
//! # Versions
//!
//! Enums are exhaustive on purpose: a host translates each variant, and one that it does not know yet must not compile. A new
//! variant is therefore a breaking release. [`Config`] and [`Reconnection`] may get new fields in any release: end a literal
//! with `..Config::default()`.
//!
//! # Features
//!
//! None is on by default, and then there is no dependency and no `std`. `bytes`: [`Payload`] for `bytes::Bytes`. `serde`: the
//! types of [`envelope`] can be read and written. `sign`: `envelope::sign`.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod backoff;
mod client;
mod config;
mod engine;
mod engine_version;
pub mod envelope;
mod error;
mod hint;
mod namespace;
mod output;
mod payload;
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
