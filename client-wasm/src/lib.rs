//! The core of the npm package `tidewire`: `tidewire-core` in WebAssembly, for browsers, Node and mini-programs.
//!
//! # How the two languages meet
//!
//! The instance imports nothing, and exports the function [`abi::call`] and its memory. JavaScript calls an operation by its
//! position in [`layout::OPS`], on a machine by its handle: one instance has any number of machines. Arguments that do not fit
//! are in the **call buffer**, numbers in memory for both directions. The characters of a text are numbers, too: texts are short,
//! and UTF-8 would need a writer and a reader on both sides.
//!
//! The outputs of a machine are calls on its host: `poll` returns the position of a method in [`layout::HOST_CALLS`], and
//! encodes its arguments into the call buffer, in the order of the letters beside the method's name. The tables of [`layout`]
//! are the only definition of these numbers; `npm/src/machine/layout.ts` is generated from them.
//!
//! Between two inputs, JavaScript may read and write events and acks without the machine: the last `poll` of a round returns
//! the link for which it may ([`Client::direct`](tidewire_core::Client::direct)).
//!
//! # Payloads
//!
//! A payload stays in JavaScript, in a slot of a table there. JavaScript passes the number of the slot and the size of the value;
//! the machine counts the shares of each slot, and the last `poll` of a round returns the slots to release. JavaScript reads
//! the header of a packet, and writes those of the machine (`npm/src/machine/packets.ts`): the core has no reader of texts.
//!
//! # Layers, bottom up
//!
//! | module | has |
//! |---|---|
//! | `single`, `memory` | a static of one thread; pages of memory |
//! | `heap` | the allocator |
//! | [`layout`], `invocation` | the tables of both languages; the arguments of a call |
//! | `slot` | payloads, and the table of slots |
//! | `buffer` | the call buffer |
//! | `codes`, `settings` | the core's values and its configuration, from and to numbers |
//! | `received` | packets from the server |
//! | `encode_output`, `machine` | the outputs of a machine; its operations |
//! | `instance` | all machines |
//! | [`abi`] | the exported function |
//!
//! # Panics
//!
//! A panic is a bug and ends the instance with a trap, which JavaScript sees as a `RuntimeError`. Numbers that name nothing (a
//! freed machine, an unknown namespace) do nothing. Slots are an exception: the machine trusts their numbers.
//!
//! # Unsafe
//!
//! Three files have `unsafe`: `single.rs` (the statics), `abi.rs` (the exported name) and `heap.rs` (the allocator), each
//! block with a SAFETY comment. The rest is safe Rust, which the tests drive natively through the same function.
#![no_std]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod abi;
mod buffer;
mod codes;
mod encode_output;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod instance;
mod invocation;
pub mod layout;
mod machine;
mod memory;
mod received;
mod settings;
mod single;
mod slot;
#[cfg(test)]
mod tests;

/// A panic is a bug: the instance ends with a trap, and its host goes on.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
