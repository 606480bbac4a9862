//! The examples, compiled into the tests.

#![allow(dead_code, reason = "the tests call `run`, not `main`")]

#[path = "../../examples/bot.rs"]
pub(crate) mod bot;
#[path = "../../examples/chat_bot.rs"]
pub(crate) mod chat_bot;
#[path = "../../examples/exchange_bot.rs"]
pub(crate) mod exchange_bot;
#[path = "../../examples/fleet.rs"]
pub(crate) mod fleet;
#[path = "../../examples/from_rust_socketio.rs"]
pub(crate) mod from_rust_socketio;
#[path = "../../examples/laravel.rs"]
pub(crate) mod laravel;
#[path = "../../examples/mobile_sdk.rs"]
pub(crate) mod mobile_sdk;
#[path = "../../examples/peer_to_peer.rs"]
pub(crate) mod peer_to_peer;
#[path = "../../examples/quick_start.rs"]
pub(crate) mod quick_start;
