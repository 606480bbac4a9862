//! Peers: who else is in the room, and who this client is to the server, in applications of egg-socket.io and mobile-sdk.
//!
//! Two pure state machines over the messages of the [`envelope`](crate::envelope), for hosts to build on:
//!
//! * [`Members`], the other clients of a room, as the messages `online` of egg-socket.io's peer-to-peer example tell;
//! * [`Registration`], the identity that a mobile-sdk server gives, which outlives a reconnect.
//!
//! # Rules
//!
//! | rule | reason |
//! |---|---|
//! | `join` adds the listed clients and the one that its sentence names | some servers list the earlier members only, or leave the joiner out without Redis |
//! | A `join` list with the joiner in it is complete: a member that it lacks has left | a server process that dies announces no leaves |
//! | `leave` removes the client that its sentence names, and the list changes nothing | the list is `{}` when the server cannot tell the rest |
//! | The own id is not a member | servers differ in whether they list it |
//! | A disconnect forgets all members, and not the identity | ids change with each connection |
//! | The first `userId` stays for ever, the `socketId` is that of the last `saveId` | mobile-sdk's client |
//! | A `saveId` with another `userId` must be answered with `reconnectAndUpdates` under the first one | so that the server finds the client under it again |
//!
//! `tests/vectors/peers.json` tests the rules; implementations in other languages can run it, too.

mod members;
mod registration;

pub use members::{Change, Members};
pub use registration::{Registration, SaveId, Saved, is_signature_refusal};
