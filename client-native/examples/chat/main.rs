//! A chat for the terminal and for a page, by the same code in `chat.rs`. Several chats share one room.
//!
//! Start a server first: `cargo run -p tidewire-testbed -- --port 3000`. On the terminal, run `cargo run -p tidewire --example
//! chat -- [URL]` and type lines. For a page, see `client-wasm/web/README.md`.

mod chat;
#[cfg(target_family = "wasm")]
mod page;
#[cfg(not(target_family = "wasm"))]
mod terminal;

#[cfg(target_family = "wasm")]
use page as host;
#[cfg(not(target_family = "wasm"))]
use terminal as host;

const URL: &str = "http://127.0.0.1:3000/lab";

fn main() -> impl std::process::Termination {
    host::main()
}
