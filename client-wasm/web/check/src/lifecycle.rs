//! Pages that are frozen, cached or closed, for `lifecycle.mjs`.

use std::cell::RefCell;
use std::future::ready;
use std::time::Duration;

use js_sys::Function;
use tidewire::{Builder, Client, Socket, Transport};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::support::reconnect_after;

thread_local! {
    static SOCKET: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

fn builder(url: &str, path: &str, transport: &str) -> Builder {
    let transport = match transport {
        "websocket" => Transport::WebSocket,
        "polling" => Transport::Polling,
        other => panic!("no transport has the name {other}"),
    };
    Client::builder(url).path(path).transports([transport])
}

/// Calls a function of JavaScript with a value.
fn tell(function: &Function, value: &JsValue) {
    let _: JsValue = function.call1(&JsValue::UNDEFINED, value).unwrap();
}

/// Connects, and tells `log` the changes of the connection. `delay`: that of reconnections, in milliseconds.
#[wasm_bindgen]
pub async fn lifecycle(url: String, path: String, transport: String, delay: u32, log: Function) {
    let delay = Duration::from_millis(delay.into());
    let told = log.clone();
    let socket = reconnect_after(builder(&url, &path, &transport), delay)
        .on("connect", move |(), _| {
            tell(&log, &"connect".into());
            ready(())
        })
        .on("disconnect", move |reason: String, _| {
            tell(&told, &format!("disconnect {reason}").into());
            ready(())
        });
    SOCKET.set(Some(socket.connect().await.unwrap()));
}

/// Returns the argument when the server has acked it, and an error if the connection is lost before.
#[wasm_bindgen]
pub async fn lifecycle_echo() -> Result<String, String> {
    let socket = SOCKET.with_borrow(|socket| socket.clone().unwrap());
    let ack = socket.emit_with_ack("acked", "echoed").await;
    ack.map_err(|error| error.to_string())
}

/// Says the numbers from 0 in a room until the page is closed. `acked` gets each number when the server has acked it.
#[wasm_bindgen]
pub async fn say_numbers(url: String, path: String, transport: String, acked: Function) {
    let connected = builder(&url, &path, &transport).connect().await;
    let socket = connected.unwrap();
    for number in 0_u32.. {
        let text = number.to_string() + &"x".repeat(1_000);
        socket.emit("say", ("room", text)).await.unwrap();
        if number % 100 == 0 {
            let _: u32 = socket.emit_with_ack("echo", number).await.unwrap();
            tell(&acked, &number.into());
        }
    }
}
