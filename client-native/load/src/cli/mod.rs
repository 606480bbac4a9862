//! The program: its options, and what each command does.
//!
//! Bottom up: `endpoint`, `hangup`, `options`, `printer`, `whole_file` -> `console` -> `exit`, `live`, `output` -> `interrupts`, `view` ->
//! `gather`, `preflight` -> `execute` -> `quick`, `file`, `merge`, `watch` -> `program`.

mod console;
mod endpoint;
mod execute;
mod exit;
mod file;
mod gather;
#[cfg(unix)]
mod hangup;
mod interrupts;
mod live;
mod merge;
mod options;
mod output;
mod preflight;
mod printer;
mod program;
mod quick;
mod view;
mod watch;
mod whole_file;

pub use program::main;
