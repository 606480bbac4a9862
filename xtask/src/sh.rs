//! Runs other programs, and reports which one failed and how.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::limit::end_program;

/// The time between two looks whether a program has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Why a step or a command failed.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program failed; its own output stands above.
    Failed { command: String, status: ExitStatus },
    /// A program could not be started.
    NotStarted { command: String, cause: io::Error },
    /// The machine lacks something; `remedy` says what to do.
    Missing { what: String, remedy: String },
    /// The repository breaks one of its rules; `remedy` says how to mend it.
    Rule { what: String, remedy: String },
    /// A file could not be read or written.
    File { path: PathBuf, cause: io::Error },
}

impl Error {
    pub(crate) fn missing(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Missing {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn rule(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Rule {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns a function for `map_err` that adds the file's path to the cause.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::File { path, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { command, status } => write!(out, "`{command}` failed: {status}"),
            Self::NotStarted { command, cause } => {
                write!(out, "`{command}` could not be started: {cause}")
            }
            Self::Missing { what, remedy } | Self::Rule { what, remedy } => {
                write!(out, "{what}: {remedy}")
            }
            Self::File { path, cause } => write!(out, "{}: {cause}", path.display()),
        }
    }
}

/// One call of a program.
pub(crate) struct Sh {
    command: Command,
}

impl Sh {
    /// Prepares a call of `program` in the repository's root.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_cargo_run(name)) {
            command.env_remove(name);
        }
        Self { command }
    }

    /// Prepares a call of the cargo that runs xtask.
    pub(crate) fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments that are separated by blanks.
    pub(crate) fn words(self, words: &str) -> Self {
        self.args(words.split_whitespace())
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the working directory, relative to the repository's root.
    pub(crate) fn within(mut self, directory: &str) -> Self {
        self.command.current_dir(root().join(directory));
        self
    }

    /// Runs the program to its end and shows its output. It has no input, because a step asks no questions.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let status = self.command.stdin(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::Failed {
                command: self.to_string(),
                status,
            }),
            Err(cause) => Err(self.not_started(cause)),
        }
    }

    /// Runs the program to its end and ignores its exit status.
    pub(crate) fn run_to_end(mut self) -> Result<(), Error> {
        match self.command.stdin(Stdio::null()).status() {
            Ok(_) => Ok(()),
            Err(cause) => Err(self.not_started(cause)),
        }
    }

    /// Runs the program without showing its output. Returns its output, or `None` if it failed or is not installed.
    pub(crate) fn ask(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| text.trim().to_owned())
    }

    /// Runs the program without showing its output. Returns whether it succeeds within the limit, and ends it then.
    pub(crate) fn succeeds_within(mut self, limit: Duration) -> Result<bool, Error> {
        let command = self.command.stdin(Stdio::null());
        let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut program = started.map_err(|cause| self.not_started(cause))?;
        let start = Instant::now();
        while start.elapsed() < limit {
            match program.try_wait() {
                Ok(None) => thread::sleep(LOOK),
                Ok(Some(status)) => return Ok(status.success()),
                Err(cause) => return Err(self.not_started(cause)),
            }
        }
        end_program(&mut program);
        Ok(false)
    }

    /// Replaces this process by the program, which gets the terminal's input and signals.
    pub(crate) fn hand_over(mut self) -> Result<ExitCode, Error> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            let cause = self.command.exec();
            Err(self.not_started(cause))
        }
        #[cfg(not(unix))]
        match self.command.status() {
            Ok(status) => Ok(status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .map_or(ExitCode::FAILURE, ExitCode::from)),
            Err(cause) => Err(self.not_started(cause)),
        }
    }

    fn not_started(&self, cause: io::Error) -> Error {
        Error::NotStarted {
            command: self.to_string(),
            cause,
        }
    }
}

impl fmt::Display for Sh {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = Path::new(self.command.get_program());
        let name = program.file_name().unwrap_or(program.as_os_str());
        write!(out, "{}", name.to_string_lossy())?;
        for argument in self.command.get_args() {
            write!(out, " {}", argument.to_string_lossy())?;
        }
        Ok(())
    }
}

/// Returns cargo's folder for what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the repository's root: the folder above this crate if cargo names it, else the current directory.
pub(crate) fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|own| Some(Path::new(&own).parent()?.to_owned()))
        .unwrap_or_default()
}

/// Returns whether `cargo run` set the variable to describe this crate. Build scripts that see such a
/// variable change run again, and their crates are compiled again.
fn is_of_cargo_run(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_as_a_command_line() {
        let call = Sh::new("/opt/bin/cargo").words("fmt --all").args(["x"]);
        assert_eq!(call.to_string(), "cargo fmt --all x");
    }

    #[cfg(unix)]
    #[test]
    fn an_error_names_the_command_and_its_status() {
        let failed = Sh::new("false").words("--quiet").run().unwrap_err();
        assert_eq!(failed.to_string(), "`false --quiet` failed: exit status: 1");
    }

    #[test]
    fn a_program_that_is_not_installed_is_not_started() {
        let absent = Sh::new("tidewire-no-such-program").run().unwrap_err();
        assert!(matches!(absent, Error::NotStarted { .. }), "{absent}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_takes_too_long_is_ended_with_what_it_started() {
        let long = Sh::new("sh").args(["-c", "sleep 600; true"]);
        assert!(!long.succeeds_within(Duration::from_millis(100)).unwrap());
        let limit = Duration::from_secs(600);
        assert!(Sh::new("true").succeeds_within(limit).unwrap());
        assert!(!Sh::new("false").succeeds_within(limit).unwrap());
        let absent = Sh::new("tidewire-no-such-program").succeeds_within(limit);
        assert!(matches!(absent, Err(Error::NotStarted { .. })));
    }

    #[test]
    fn variables_of_cargo_run_are_not_passed_on() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"] {
            assert!(is_of_cargo_run(&name.into()), "{name}");
        }
        for name in ["CARGO", "CARGO_TARGET_DIR", "CARGO_HOME", "PATH"] {
            assert!(!is_of_cargo_run(&name.into()), "{name}");
        }
    }
}
