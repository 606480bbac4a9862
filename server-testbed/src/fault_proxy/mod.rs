//! A proxy in front of any Socket.IO server that breaks connections on command.
//!
//! A script says which fault happens when; `faults/README.md` explains its language. [`FaultProxy::run`] adds statements
//! while the proxy runs.
//!
//! ```
//! use tidewire_testbed::{Config, FaultProxy, spawn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = spawn(Config::default()).await?;
//! let proxy = FaultProxy::start(server.address(), 0, "latency 20 jitter 10").await?;
//! println!("connect to {}", proxy.url());
//! proxy.run("on message down 3: drop")?;
//! proxy.run("cut")?; // resets every connection
//! proxy.run("heal")?; // no fault any more
//! # Ok(())
//! # }
//! ```

mod answers;
mod body;
mod connection;
mod control;
mod exchange;
mod frame;
mod head;
mod lexer;
mod messages;
mod own_answer;
mod proxy;
mod requests;
mod rules;
mod script;
mod sessions;
mod settings;
mod sink;
mod source;
mod state;
mod statement;

pub use control::serve as serve_control;
pub use lexer::{ScriptError, script_text};
pub use proxy::FaultProxy;
