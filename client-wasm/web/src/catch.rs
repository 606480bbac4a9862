//! Panics as values. A panic in WebAssembly is a trap, which only JavaScript can catch.

use js_sys::Function;
use wasm_bindgen::closure::ScopedClosure;
use wasm_bindgen::{JsCast, JsValue};

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
    let closure = ScopedClosure::<dyn FnMut()>::borrow_mut_aborting(&mut run);
    let function: &Function = closure.as_ref().unchecked_ref();
    let ended: Result<JsValue, JsValue> = function.call0(&JsValue::UNDEFINED);
    drop(closure);
    ended.ok().and(result)
}
