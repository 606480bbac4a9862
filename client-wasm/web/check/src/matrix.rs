//! The conversation of the compatibility table in a page.

use js_sys::{Function, Reflect, global};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::cell::{self, Cell};
use crate::certificate;
use crate::conversation::{self, Host};

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
    transports: &str,
    steps: &str,
    version: Option<String>,
    certificate: Option<String>,
) -> Result<(), String> {
    let cell = Cell {
        transports: transports
            .split(',')
            .map(cell::transport)
            .collect::<Result<_, _>>()?,
        steps: steps.split(',').map(str::to_owned).collect(),
        version: version.as_deref().map(cell::version).transpose()?,
        certificate: certificate.as_deref().map(certificate::hash).transpose()?,
    };
    conversation::converse(&url, &cell, &Page).await
}

fn call(name: &str, argument: &JsValue) {
    let function = Reflect::get(&global(), &name.into()).unwrap();
    let function: Function = function.unchecked_into();
    function.call1(&JsValue::UNDEFINED, argument).unwrap();
}
