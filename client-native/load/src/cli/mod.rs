//! The program: its options, and what each command does.
//!
//! Bottom up: `console`, `endpoint`, `live`, `options` -> `output` -> `execute` -> `quick`, `file`, `merge` -> `program`.

mod console;
mod endpoint;
mod execute;
mod file;
mod live;
mod merge;
mod options;
mod output;
mod program;
mod quick;

pub use program::main;
