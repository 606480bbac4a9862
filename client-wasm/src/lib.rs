//! What `tidewire-core` becomes in WebAssembly: the core of the npm package `tidewire` for browsers, Node and
//! mini-programs, behind plain numeric functions and one memory.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod abi;
mod desk;
mod ground;
mod hall;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
pub mod layout;
mod machine;
mod record;
mod settings;
mod slot;
#[cfg(test)]
mod tests;
mod words;
