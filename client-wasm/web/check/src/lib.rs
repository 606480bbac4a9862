//! The scenarios of `client-native/tests/scenarios` in a browser, compiled from the same files, and scenarios of a browser alone.
//!
//! `run.mjs` opens pages, which call [`run`]; `cargo xtask web` builds and starts it.

#![cfg(target_family = "wasm")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(unreachable_pub, missing_docs, reason = "exported to JavaScript")]

mod browser;
mod support;

#[path = "../../../../client-native/tests/scenarios/acks.rs"]
mod acks;
#[path = "../../../../client-native/tests/scenarios/binary.rs"]
mod binary;
#[path = "../../../../client-native/tests/scenarios/connecting.rs"]
mod connecting;
#[path = "../../../../client-native/tests/scenarios/disconnecting.rs"]
mod disconnecting;
#[path = "../../../../client-native/tests/scenarios/emitting.rs"]
mod emitting;
#[path = "../../../../client-native/tests/scenarios/peers.rs"]
mod peers;
#[path = "../../../../client-native/tests/scenarios/rooms.rs"]
mod rooms;

use js_sys::{Function, Reflect};
use support::server::{Case, Kind, TransportMode};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// Makes the list of names, and the function that runs one.
macro_rules! scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        /// The names of all scenarios.
        #[wasm_bindgen]
        pub fn names() -> Vec<String> {
            vec![$(stringify!($scenario).to_owned()),*]
        }

        async fn run_by_name(name: &str, case: Case) {
            match name {
                $(stringify!($scenario) => $module::$scenario(case).await,)*
                _ => panic!("no scenario has the name {name}"),
            }
        }
    };
}

scenarios! {
    connecting::connects_and_detects_the_engine_version,
    connecting::ends_up_on_the_expected_transport,
    connecting::multiplexes_namespaces_on_one_connection,
    connecting::receives_events_sent_before_connect,
    connecting::is_refused_without_the_token_and_accepted_with_it,
    connecting::refreshes_its_token_after_a_refusal,
    connecting::is_refused_an_unknown_namespace,
    connecting::lives_through_three_heartbeats,
    acks::receives_acks,
    acks::sends_acks,
    acks::a_thousand_acks_reach_their_callers,
    acks::times_out_without_an_ack,
    acks::receives_a_flood_in_order,
    binary::carries_binary_anywhere_in_the_arguments,
    binary::carries_binary_in_acks,
    binary::carries_half_a_megabyte_of_utf8,
    disconnecting::stays_disconnected_after_a_kick_until_connect,
    disconnecting::reconnects_after_a_restart_and_sends_buffered_events,
    disconnecting::disconnects_one_namespace_and_keeps_the_other,
    disconnecting::closes_until_the_next_connect,
    emitting::keeps_events_in_order_through_the_upgrade,
    rooms::receives_the_messages_of_its_rooms,
    peers::chats,
    peers::exchanges_messages_between_two_clients,
    peers::is_denied_and_kicked_from_a_room_that_is_gone,
    peers::peers_see_each_other_and_talk,
    peers::a_denied_peer_has_the_reason_and_does_not_come_back,
    browser::handlers_need_not_be_send,
    browser::a_panic_ends_one_call_and_no_other,
    browser::handles_may_be_dropped_in_any_order,
    browser::a_restored_session_gets_the_missed_events,
    browser::events_with_retries_arrive_after_a_loss,
    browser::the_network_and_the_page_give_hints,
}

/// Once, before the others: after a panic, the standard library accepts no other hook.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| tell_panic(&info.to_string())));
}

/// Runs a scenario. A panic calls the global function `onPanic` with its message.
#[wasm_bindgen]
pub async fn run(name: String, kind: &str, mode: &str) {
    let kind = match kind {
        "testbed" => Kind::Testbed,
        "socketio2" => Kind::SocketIo2,
        "socketio4" => Kind::SocketIo4,
        other => panic!("no server has the name {other}"),
    };
    let mode = match mode {
        "websocket" => TransportMode::WebSocket,
        "polling" => TransportMode::Polling,
        "upgrade" => TransportMode::Upgrade,
        other => panic!("no transport has the name {other}"),
    };
    run_by_name(&name, Case { kind, mode }).await;
}

fn tell_panic(message: &str) {
    let name = JsValue::from_str("onPanic");
    let Ok(function) = Reflect::get(&js_sys::global(), &name) else {
        return;
    };
    if let Some(function) = function.dyn_ref::<Function>() {
        let _: Result<JsValue, _> =
            function.call1(&JsValue::UNDEFINED, &JsValue::from_str(message));
    }
}

/// Connects and disconnects so many times: a page that does it has the same memory before and after.
#[wasm_bindgen]
pub async fn connect_and_close(url: String, path: String, times: u32) {
    for _ in 0..times {
        let socket = tidewire::Client::builder(&url)
            .path(&path)
            .on("tick", |_: u32, _| async {})
            .connect()
            .await
            .unwrap();
        socket.close().await;
    }
}

/// The size of wasm's memory.
#[wasm_bindgen]
pub fn memory_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length().into()
}

/// Connects once. Returns the text of the error, or nothing.
#[wasm_bindgen]
pub async fn error_of(url: String, path: String, polling: bool) -> String {
    let transport = match polling {
        true => tidewire::Transport::Polling,
        false => tidewire::Transport::WebSocket,
    };
    let builder = tidewire::Client::builder(url)
        .path(path)
        .transports([transport]);
    match builder.connect().await {
        Ok(socket) => {
            socket.close().await;
            String::new()
        }
        Err(error) => tidewire::error_text(&error),
    }
}
