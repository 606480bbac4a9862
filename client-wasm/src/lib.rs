//! What `tidewire-core` becomes in WebAssembly: the core of the npm package `tidewire` for browsers, Node and
//! mini-programs, behind plain numeric functions and one memory, and a Socket.IO client for Rust front ends.
//!
//! Nothing of it is written yet.
#![no_std]
