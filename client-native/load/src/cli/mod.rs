//! The program: its options, and what each command does.
//!
//! Bottom up: `console`, `options` -> `output` -> `execute` -> `quick`, `file` -> `program`.

mod console;
mod execute;
mod file;
mod options;
mod output;
mod program;
mod quick;

pub use program::main;
