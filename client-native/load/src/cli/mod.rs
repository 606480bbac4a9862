//! The program: its options, and what each command does.
//!
//! Bottom up: `console`, `endpoint`, `live`, `options`, `whole_file` -> `exit`, `output`, `view` -> `interrupts` -> `gather`, `preflight` -> `execute` ->
//! `quick`, `file`, `merge`, `watch` -> `program`.

mod console;
mod endpoint;
mod execute;
mod exit;
mod file;
mod gather;
mod interrupts;
mod live;
mod merge;
mod options;
mod output;
mod preflight;
mod program;
mod quick;
mod view;
mod watch;
mod whole_file;

pub use program::main;
