//! Texts of JavaScript as UTF-8.

use std::cell::RefCell;

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;

    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &mut [u8]) -> Progress;

    type Progress;

    /// The units of UTF-16 that are in the buffer.
    #[wasm_bindgen(method, getter)]
    fn read(this: &Progress) -> u32;

    /// Their bytes.
    #[wasm_bindgen(method, getter)]
    fn written(this: &Progress) -> u32;
}

/// The length of a text from which the browser's encoder is faster than wasm-bindgen's loop over its characters.
const LONG: u32 = 512;

/// The bytes of the buffer.
const BUFFER: usize = 32 << 10;

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
    /// Allocated by the first long text.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Returns a text. `units`: its length in UTF-16. Half a surrogate pair becomes U+FFFD.
pub(super) fn read(text: &JsString, units: u32) -> String {
    // An encoder does not write to memory that threads share.
    if units < LONG || cfg!(target_feature = "atomics") {
        return text.into();
    }
    ENCODED.with_borrow_mut(|buffer| {
        buffer.resize(BUFFER, 0);
        let mut result = String::with_capacity(units as usize);
        let mut start = 0;
        while start < units {
            let rest = match start {
                0 => text,
                _ => &text.slice(start, units),
            };
            let progress = ENCODER.with(|encoder| encoder.encode_into(rest, buffer));
            let written = buffer.get(..progress.written() as usize);
            // The encoder cuts no character.
            result.push_str(&String::from_utf8_lossy(written.unwrap_or_default()));
            start += progress.read();
        }
        result
    })
}
