//! The conversation of the compatibility table in a page.

use js_sys::{Function, Reflect, global};
use tidewire::{Client, EngineVersion, Transport};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::conversation::{self, Cell, Host};

/// The page, which has the functions `begin` and `cut`.
struct Page;

impl Host for Page {
    fn begin(&self, step: &str) {
        call("begin", &JsValue::from_str(step));
    }

    async fn cut(&self) {
        call("cut", &JsValue::UNDEFINED);
    }
}

/// Runs the conversation over these transports, with commas. Without a version, the client detects the server's.
#[wasm_bindgen]
pub async fn converse(
    url: String,
    transports: String,
    steps: String,
    version: String,
) -> Result<(), String> {
    let transports: Vec<Transport> = transports.split(',').map(transport).collect();
    let last = match transports[..] {
        [Transport::Polling] => Transport::Polling,
        _ => Transport::WebSocket,
    };
    let builder = Client::builder(url).transports(transports);
    let builder = match version.as_str() {
        "eio3" => builder.engine_version(EngineVersion::Eio3),
        _ => builder,
    };
    let steps = steps.split(',').map(str::to_owned).collect();
    conversation::converse(builder, &Cell { last, steps }, &Page).await
}

fn transport(name: &str) -> Transport {
    match name {
        "polling" => Transport::Polling,
        _ => Transport::WebSocket,
    }
}

fn call(name: &str, argument: &JsValue) {
    let function = Reflect::get(&global(), &name.into()).unwrap();
    let function: Function = function.unchecked_into();
    function.call1(&JsValue::UNDEFINED, argument).unwrap();
}
