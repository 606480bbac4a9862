//! Panics as values. A panic in WebAssembly is a trap, which only JavaScript can catch.

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Calls a function at once. Its argument is cheaper than a `Closure`, which JavaScript could keep.
    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = apply)]
    fn apply(
        function: &mut dyn FnMut(),
        this: &JsValue,
        arguments: &Array,
    ) -> Result<JsValue, JsValue>;
}

thread_local! {
    static NO_ARGUMENTS: Array = Array::new();
}

/// Calls a function; `None` if it panicked.
///
/// A panic drops nothing. Values that the function has used may be half changed: leak them. The standard
/// library's panic hook runs before.
pub fn catch<R>(call: impl FnOnce() -> R) -> Option<R> {
    let (mut call, mut result) = (Some(call), None);
    let mut run = || {
        if let Some(call) = call.take() {
            result = Some(call());
        }
    };
    let ended = NO_ARGUMENTS.with(|arguments| apply(&mut run, &JsValue::UNDEFINED, arguments));
    ended.ok().and(result)
}
