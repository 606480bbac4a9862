//! The machine against a model server of either dialect, in virtual time: no sleeps, no I/O.

mod support;

mod acks;
mod attachments;
mod auth;
mod backoff;
mod bad_frames;
mod bad_packets;
mod detection;
mod disconnecting;
mod early;
mod events;
mod handshake;
mod heartbeat;
mod namespaces;
mod offline;
mod reconnection;
mod refusals;
mod replies;
mod root;
mod silence;
mod storm;
