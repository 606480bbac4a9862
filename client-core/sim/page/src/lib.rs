//! The simulation for the page `simulator.html` of the site: runs a seed, and returns the run as JSON.

#![cfg(target_family = "wasm")]
#![allow(unreachable_pub, missing_docs, reason = "exported to JavaScript")]

use tidewire_sim::{Injected, record};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs a seed with more faults, such as `1200:cut,5000:restart`. Returns the recording as JSON.
///
/// # Errors
/// The seed is not a number below 2^64, or a fault is not a time in milliseconds and a name.
#[wasm_bindgen]
pub fn run(seed: &str, faults: &str) -> Result<String, JsError> {
    let seed = seed
        .trim()
        .parse()
        .map_err(|_| JsError::new(&format!("“{seed}” is not a seed")))?;
    let faults = Injected::read_list(faults)
        .map_err(|part| JsError::new(&format!("“{part}” is not a fault")))?;
    Ok(record(seed, &faults).json())
}
