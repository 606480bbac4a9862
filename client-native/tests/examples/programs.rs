//! The examples, compiled into the tests.

#![allow(dead_code, reason = "the tests call `run`, not `main`")]

#[path = "../../examples/answering_bot.rs"]
pub(crate) mod answering_bot;
#[path = "../../examples/bot.rs"]
pub(crate) mod bot;
#[path = "../../examples/from_rust_socketio.rs"]
pub(crate) mod from_rust_socketio;
#[path = "../../examples/laravel.rs"]
pub(crate) mod laravel;
#[path = "../../examples/mobile_sdk.rs"]
pub(crate) mod mobile_sdk;
#[path = "../../examples/peer_to_peer.rs"]
pub(crate) mod peer_to_peer;
