//! Tests of the machine against a model server of either Engine.IO version, in virtual time without I/O.
//!
//! `support::pair` shows how a test reads. Names with `eio3` are about servers of socket.io 2.x, names with `eio4` about 3.x and 4.x.

mod support;

mod acks;
mod attachments;
mod auth;
mod backoff;
mod bad_frames;
mod bad_packets;
mod bodies;
mod closing;
mod connect_timeout;
mod detection;
mod disconnecting;
mod early_events;
mod events;
mod getters;
mod handshake;
mod heartbeat;
mod hosting;
mod namespaces;
mod offline;
mod polling;
mod random;
mod reconnection;
mod refusals;
mod replies;
mod requests;
mod root;
mod transports;
mod upgrade;
mod webtransport;
