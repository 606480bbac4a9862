//! The message envelope of egg-socket.io applications, inside plain events.
//!
//! A Socket.IO event carries any arguments. Applications modelled on the peer-to-peer example of
//! egg-socket.io, and mobile-sdk, send one object, made by a server helper named `parseMsg`:
//!
//! ```json
//! {"data": {"action": "exchange", "payload": {"msg": "test"}},
//!  "meta": {"timestamp": 1795216712762, "client": "/ptop#a", "target": "/ptop#b"}}
//! ```
//!
//! # Rules
//!
//! | rule | source |
//! |---|---|
//! | An envelope is an object whose `data.action` is a string | egg-socket.io p2p example helper |
//! | `payload` is any JSON; absent it is `{}`, while `null` stays `null` | default arguments of the helper |
//! | `meta` starts as `{timestamp: now}`; given metadata overrides it, the timestamp included | egg-socket.io p2p example helper |
//! | `meta` absent or `null` is empty: nothing in it is required | `deny` carries only a timestamp |
//! | Fields come in any order | mobile-sdk sends `meta` first |
//! | An unknown action is not an error, an unknown field is kept wherever it stands | so that servers can be extended |
//! | A known field of `meta` with an unexpected type is kept as an unknown field | so that reading never loses a message |
//! | A field given twice counts once, the last one | `JSON.parse` |
//! | Every timestamp is in milliseconds since 1970 (`Date.now()`) | egg-socket.io p2p example helper |
//!
//! `tests/vectors/envelope.json` tests the rules; implementations in other languages can run it, too.
//!
//! # Features
//!
//! * always: [`Action`] and the names as constants;
//! * `serde`: `Envelope`, `Data`, `Meta` and `Online`, for hosts that read JSON in Rust (the
//!   dependencies bring `std` with them);
//! * `sign`: the function `sign`, which makes the signature of mobile-sdk.

mod action;
mod names;

#[cfg(feature = "serde")]
mod clients;
#[cfg(feature = "serde")]
mod extra;
#[cfg(feature = "serde")]
mod message;
#[cfg(feature = "serde")]
mod meta;
#[cfg(feature = "serde")]
mod online;
#[cfg(feature = "sign")]
mod sign;

pub use action::Action;
pub use names::*;

#[cfg(feature = "serde")]
pub use clients::Clients;
#[cfg(feature = "serde")]
pub use extra::Extra;
#[cfg(feature = "serde")]
pub use message::{Data, Envelope};
#[cfg(feature = "serde")]
pub use meta::Meta;
#[cfg(feature = "serde")]
pub use online::{Online, Presence};
#[cfg(feature = "sign")]
pub use sign::sign;

#[cfg(all(test, feature = "serde"))]
mod tests;
