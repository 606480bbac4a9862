//! The terminal. Nothing else in the crate prints.

use std::io::{IsTerminal, Write};

/// Prints a result. A closed pipe is not an error: the reader has seen enough.
pub(crate) fn result(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints news of a run in progress.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    note(&format!("error: {text}"));
}

/// Returns whether both outputs are a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}
