//! What `tidewire-core` becomes in WebAssembly: the core of the npm package `tidewire` for browsers, Node and
//! mini-programs, behind one numeric function and one memory.
//!
//! # How the two languages meet
//!
//! Nothing is imported, and nothing exported but [`abi::call`] and the memory. JavaScript asks for an operation by its place in
//! [`layout::OPS`], of a machine by its handle: one instance has as many machines as are wanted. What does not fit the
//! arguments lies on the **desk**, three areas of memory: numbers of either side, bytes of JavaScript's, text of the machine's.
//!
//! What the machine wants is a call on its host: `poll` gives the place of the method in [`layout::CALLS`], and its arguments on the
//! desk in the order of the letters that stand beside its name. The tables of [`layout`] are the only place where any of this
//! is said; `npm/src/machine/layout.ts` is made of them.
//!
//! # Payloads
//!
//! A payload never comes here. JavaScript puts it into a slot of a table of its own and tells the slot's number and the
//! value's size; the machine counts how many shares of a slot there are, and says with the last `poll` of a round which
//! slots nobody needs any more. Of a packet the first 512 bytes are shown, and of a long one the last, if some namespace can be
//! recovered.
//!
//! # Panics
//!
//! A panic is a bug and ends the instance with a trap, which JavaScript sees as a `RuntimeError`. Numbers that make no
//! sense (a machine that was given up, a namespace that never was) do nothing. Slots are an exception: they are used as
//! they are told.
//!
//! # Unsafe
//!
//! The statics and the exported name are in `ground.rs`, the allocator in `heap.rs`, each line with its reason. Everything
//! else is safe Rust, which the tests drive natively through the same function.
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
