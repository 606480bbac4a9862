//! The terminal. Nothing else in the crate prints.
//!
//! News go through the printer's thread: a pipe without a reader, or a terminal that is paused, does not hold up the run.

use std::io::{Error, ErrorKind, IsTerminal, Write};
use std::time::Duration;

use super::printer::Printer;

/// The time that a terminal has to take its screen back.
const PATIENCE: Duration = Duration::from_millis(200);

static PRINTER: Printer = Printer::new();

/// Prints a result, after all news. A reader that is gone is not an error: it has seen enough.
///
/// # Errors
/// The text says why the result could not be printed: the disk is full, for example.
pub(crate) fn result(text: &str) -> Result<(), String> {
    flush();
    let mut out = std::io::stdout();
    match writeln!(out, "{}", harmless(text)).and_then(|()| out.flush()) {
        Err(error) if !is_without_reader(&error) => {
            Err(format!("cannot print the result: {error}"))
        }
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Prints news of a run in progress; while the live view has the screen, after it.
pub(crate) fn note(text: &str) {
    PRINTER.line(harmless(text));
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    note(&format!("error: {text}"));
}

/// Keeps further news for later.
pub(crate) fn hold() {
    PRINTER.hold(true);
}

/// Returns whether news are kept for later.
pub(crate) fn is_held() -> bool {
    PRINTER.is_held()
}

/// Prints the news that were kept, and further ones at once.
pub(crate) fn release() {
    PRINTER.hold(false);
}

/// Adds a part of the live view.
pub(crate) fn draw(part: &[u8]) {
    PRINTER.draw(part);
}

/// Returns whether the terminal is there, and has taken everything drawn so far.
pub(crate) fn is_drawn() -> bool {
    PRINTER.is_drawn()
}

/// Waits until the news are printed.
pub(crate) fn flush() {
    PRINTER.flush(None);
}

/// Waits until the news are printed, but not for a terminal that takes no text.
pub(crate) fn flush_briefly() {
    PRINTER.flush(Some(PATIENCE));
}

/// Returns whether both outputs are a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// The text without what controls a terminal: a part of it may be a server's, or a report's from elsewhere.
fn harmless(text: &str) -> String {
    text.replace(|it: char| it.is_control() && it != '\n' && it != '\t', " ")
}

fn is_without_reader(error: &Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe || is_of_closed_terminal(error)
}

/// A terminal that is closed has errors as a broken disk has them, but is a device.
#[cfg(unix)]
fn is_of_closed_terminal(error: &Error) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    let is_device = || {
        let out = std::io::stdout().as_fd().try_clone_to_owned()?;
        let kind = std::fs::File::from(out).metadata()?.file_type();
        Ok::<bool, Error>(kind.is_char_device())
    };
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::IO)
        && is_device().unwrap_or(false)
}

#[cfg(not(unix))]
fn is_of_closed_terminal(_: &Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_not_control_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2J\r\nb\tc\u{9b}d"), "a [2J \nb\tc d");
    }
}
