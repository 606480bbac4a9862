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

#[macro_use]
#[path = "../../../../client-native/tests/scenarios/list.rs"]
mod list;

mod browser;
mod lifecycle;
mod matrix;
mod speed;
mod support;

#[path = "../../../../client-native/tests/scenarios/acks.rs"]
mod acks;
#[path = "../../../../client-native/tests/scenarios/binary.rs"]
mod binary;
#[path = "../../../../client-native/tests/scenarios/bridge.rs"]
mod bridge;
#[path = "../../../../client-native/matrix/src/cell.rs"]
mod cell;
#[path = "../../../../client-native/matrix/src/certificate.rs"]
mod certificate;
#[path = "../../../../client-native/tests/scenarios/connecting.rs"]
mod connecting;
#[path = "../../../../client-native/matrix/src/conversation.rs"]
mod conversation;
#[path = "../../../../client-native/tests/scenarios/disconnecting.rs"]
mod disconnecting;
#[path = "../../../../client-native/tests/scenarios/echo.rs"]
mod echo;
#[path = "../../../../client-native/tests/scenarios/emitting.rs"]
mod emitting;
#[path = "../../../../client-native/tests/scenarios/peers.rs"]
mod peers;
#[path = "../../../../client-native/tests/scenarios/rooms.rs"]
mod rooms;

use std::future::Future;
use std::pin::Pin;

use js_sys::{Function, Reflect};
use support::server::{Case, Kind, TransportMode};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// A name, and the function that runs the scenario.
type Scenario = (&'static str, fn(Case) -> Pin<Box<dyn Future<Output = ()>>>);

macro_rules! table {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        &[$((stringify!($scenario), |case| Box::pin($module::$scenario(case)))),*]
    };
}

const EVERYWHERE: &[Scenario] = with_scenarios!(table);

/// engine.io knows no query of a session that opens over WebTransport.
const WITHOUT_QUERY: &[Scenario] = with_common_scenarios!(table);

const BROWSER: &[Scenario] = table!(
    browser::handlers_need_not_be_send,
    browser::a_panic_ends_one_call_and_no_other,
    browser::handles_may_be_dropped_in_any_order,
    browser::a_restored_session_gets_the_missed_events,
    browser::events_with_retries_arrive_after_a_loss,
    browser::the_network_and_the_page_give_hints,
    browser::a_handler_may_dispatch_events_of_the_page,
    browser::texts_of_any_length_arrive,
    browser::a_panic_ends_one_task_and_no_other,
);

const ECHO: &[Scenario] = with_echo_scenarios!(table);

const PUBLICATIONS: &[Scenario] =
    table!(bridge::publications_reach_all_but_the_socket_that_they_name);

const TRANSPORT_MESSAGES: &[Scenario] = table!(bridge::transport_messages_reach_their_receiver);

/// The scenarios of a server over a transport.
fn scenarios(kind: Kind, mode: TransportMode) -> Vec<Scenario> {
    match kind {
        Kind::LaravelEcho => ECHO.to_vec(),
        Kind::RedisBridge => PUBLICATIONS.to_vec(),
        Kind::TestbedApp => [ECHO, PUBLICATIONS, TRANSPORT_MESSAGES].concat(),
        _ if mode == TransportMode::WebTransport => [WITHOUT_QUERY, BROWSER].concat(),
        _ => [EVERYWHERE, BROWSER].concat(),
    }
}

/// The names of the scenarios of a server over a transport.
#[wasm_bindgen]
pub fn names(kind: &str, mode: &str) -> Vec<String> {
    let names = scenarios(kind_of(kind), mode_of(mode)).into_iter();
    names.map(|(name, _)| name.to_owned()).collect()
}

fn kind_of(name: &str) -> Kind {
    match name {
        "testbed" => Kind::Testbed,
        "testbed-app" => Kind::TestbedApp,
        "socketio2" => Kind::SocketIo2,
        "socketio4" => Kind::SocketIo4,
        "socketio4-aioquic" => Kind::SocketIo4Aioquic,
        "laravel" => Kind::LaravelEcho,
        "bridge" => Kind::RedisBridge,
        other => panic!("no server has the name {other}"),
    }
}

fn mode_of(name: &str) -> TransportMode {
    match name {
        "websocket" => TransportMode::WebSocket,
        "polling" => TransportMode::Polling,
        "upgrade" => TransportMode::Upgrade,
        "webtransport" => TransportMode::WebTransport,
        other => panic!("no transport has the name {other}"),
    }
}

/// Once, before the others: after a panic, the standard library accepts no other hook.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| tell_panic(&info.to_string())));
}

/// Runs a scenario. A panic calls the global function `onPanic` with its message.
#[wasm_bindgen]
pub async fn run(name: String, kind: &str, mode: &str) {
    let (kind, mode) = (kind_of(kind), mode_of(mode));
    let mut scenarios = scenarios(kind, mode).into_iter();
    let (_, scenario) = scenarios.find(|(other, _)| *other == name).unwrap();
    scenario(Case { kind, mode }).await;
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

/// Connects over polling to a server that offers WebTransport, and waits for the upgrade: to a WebTransport or, if `falls_back`, to a
/// WebSocket. Returns the transport that it ends up on.
///
/// A WebTransport has a start of 200 ms on a WebSocket, which may not suffice on a busy machine: where it must win, it is alone.
#[wasm_bindgen]
pub async fn upgrade(path: String, digits: &str, falls_back: bool) -> String {
    use tidewire::Transport::{Polling, WebSocket, WebTransport};

    let transports = if falls_back {
        vec![Polling, WebSocket, WebTransport]
    } else {
        vec![Polling, WebTransport]
    };
    let builder = tidewire::Client::builder(support::server::origin() + "/lab")
        .path(path)
        .transports(transports)
        .server_certificate_hashes([certificate::hash(digits).unwrap()]);
    let transport = browser::upgraded_transport(builder).await.unwrap();
    format!("{transport:?}")
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
pub async fn error_of(url: String, path: String, transport: &str) -> String {
    let transport = match transport {
        "polling" => tidewire::Transport::Polling,
        "websocket" => tidewire::Transport::WebSocket,
        "webtransport" => tidewire::Transport::WebTransport,
        other => panic!("no transport has the name {other}"),
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
