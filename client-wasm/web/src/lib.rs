//! The browser's side of the crate `tidewire`: WebSockets, WebTransport, requests, timers, and events of the page, over web-sys.
//!
//! It works in windows and in workers, and knows nothing of Socket.IO. Everything that it registers in JavaScript is removed when
//! its value is dropped. Nothing here is for applications: they use the crate `tidewire`. A crate of its own, so that the core of the npm
//! package never links wasm-bindgen.
//!
//! # Layers, bottom up
//!
//! | module | has |
//! |---|---|
//! | `global` | the functions of the window or worker |
//! | `listener`, `catch`, `clock`, `url`, `tasks`, `text` | event listeners; panics as values; the time; addresses; tasks; texts |
//! | `policy`, `timer` | refusals by the page's policy; a timer |
//! | `fault` | why the browser refused |
//! | `socket`, `session`, `request`, `page` | WebSockets; sessions of WebTransport; requests; network and page |

#![forbid(unsafe_code)]

mod catch;
mod clock;
mod fault;
mod global;
mod listener;
mod page;
mod policy;
mod request;
mod session;
mod socket;
mod tasks;
mod text;
mod timer;
mod url;

pub use catch::catch;
pub use clock::{now, unix_millis};
pub use fault::Fault;
pub use page::{Watch, watch};
pub use request::{Reply, Request, RequestFault, send};
pub use session::{Session, SessionEnd, SessionFault};
pub use socket::{Socket, SocketEvent};
pub use tasks::spawn;
pub use timer::Timer;
pub use url::{Parts, encoded_path, parse};

/// A random number, good enough for jitter.
pub fn random_seed() -> u64 {
    // The cast drops the fraction.
    (js_sys::Math::random() * 2f64.powi(53)) as u64
}
