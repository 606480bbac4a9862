//! The machine against a model server of either Engine.IO version, in virtual time: no sleeps, no I/O.

mod support;

mod acks;
mod attachments;
mod auth;
mod backoff;
mod bad_frames;
mod bad_packets;
mod bodies;
mod detection;
mod disconnecting;
mod early;
mod events;
mod getters;
mod goodbye;
mod handshake;
mod heartbeat;
mod hosting;
mod namespaces;
mod offline;
mod polling;
mod reconnection;
mod refusals;
mod replies;
mod requests;
mod root;
mod silence;
mod storm;
mod transports;
mod upgrade;
