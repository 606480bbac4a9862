//! Artillery's scripts of the engines `socketio` and `socketio-v3`, read as they are.
//!
//! A field that is not understood is a mistake which names it: a script that runs differently here would mislead.
//!
//! Bottom up: `translate` -> `config`, `answer` -> `flow` -> `script`.

mod answer;
mod config;
mod flow;
mod script;
mod translate;

pub(crate) use script::{is_artillery, read};
