//! The functions of the global object, which is a window or a worker.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

/// Functions that are looked up once.
pub(super) struct Functions {
    global: JsValue,
    set_timeout: Function,
    clear_timeout: Function,
    fetch: Function,
    performance: Option<Performance>,
}

thread_local! {
    static FUNCTIONS: Functions = Functions::find();
}

impl Functions {
    fn find() -> Functions {
        let global = JsValue::from(js_sys::global());
        let performance = property(&global, "performance");
        Functions {
            set_timeout: function(&global, "setTimeout"),
            clear_timeout: function(&global, "clearTimeout"),
            fetch: function(&global, "fetch"),
            performance: (!performance.is_undefined()).then(|| performance.unchecked_into()),
            global,
        }
    }
}

/// The property of a value; `undefined` if there is none.
pub(super) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn function(value: &JsValue, name: &str) -> Function {
    // Calls of `undefined` throw, which the callers below take as no result.
    property(value, name).unchecked_into()
}

/// Calls `run` after so many milliseconds. Returns the timer's id.
pub(super) fn set_timeout(run: &JsValue, delay: u32) -> JsValue {
    let delay = JsValue::from_f64(delay.into());
    let id = FUNCTIONS.with(|own| own.set_timeout.call2(&own.global, run, &delay));
    id.unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn clear_timeout(id: &JsValue) {
    let _: Result<JsValue, _> = FUNCTIONS.with(|own| own.clear_timeout.call1(&own.global, id));
}

/// The milliseconds since the page began, without sleep in some browsers.
pub(super) fn performance_now() -> Option<f64> {
    FUNCTIONS.with(|own| own.performance.as_ref().map(Performance::now))
}

/// Starts a request. Returns a promise.
pub(super) fn fetch(request: &JsValue) -> Result<js_sys::Promise, JsValue> {
    let promise: JsValue = FUNCTIONS.with(|own| own.fetch.call1(&own.global, request))?;
    promise.dyn_into()
}

/// A property of the global object, by its path.
pub(super) fn global(path: &[&str]) -> JsValue {
    let global = FUNCTIONS.with(|own| own.global.clone());
    path.iter()
        .fold(global, |value, name| property(&value, name))
}

/// Whether the browser says that the device has no network. It is often wrong when it says that there is one.
pub(super) fn is_offline() -> bool {
    global(&["navigator", "onLine"]).as_bool() == Some(false)
}
