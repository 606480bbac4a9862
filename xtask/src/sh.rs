//! Runs other programs, and says which one failed and how.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Why a step or a command could not do its work.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program ran and said no; its own words are above.
    Failed { command: String, status: ExitStatus },
    /// A program could not be started.
    NotStarted { command: String, cause: io::Error },
    /// The machine lacks something; `remedy` is what to do about it.
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

    /// For `map_err`, where the cause alone would not say which file.
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
    /// `program`, in the repository's root.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_cargo_run(name)) {
            command.env_remove(name);
        }
        Self { command }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds the words of `words`, separated by blanks.
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

    /// `directory` is relative to the repository's root.
    pub(crate) fn within(mut self, directory: &str) -> Self {
        self.command.current_dir(root().join(directory));
        self
    }

    /// Runs it to its end, its output passing through. It has no input: a step asks nobody.
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

    /// Runs it to its end, whatever it says of what it looked at.
    pub(crate) fn run_to_end(mut self) -> Result<(), Error> {
        match self.command.stdin(Stdio::null()).status() {
            Ok(_) => Ok(()),
            Err(cause) => Err(self.not_started(cause)),
        }
    }

    /// Runs it in silence and returns what it wrote; nothing when it failed or is not there.
    pub(crate) fn ask(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| text.trim().to_owned())
    }

    /// Gives the terminal over to it: its input, its signals and its exit status are ours.
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

/// The repository's root. `cargo xtask` says where this crate is; without it, the current directory.
pub(crate) fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|own| Some(Path::new(&own).parent()?.to_owned()))
        .unwrap_or_default()
}

/// Whether `cargo run` set the variable to describe this crate. Passed on, it would make build
/// scripts believe that their surroundings changed, and compile their crates anew.
fn is_of_cargo_run(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_as_it_would_be_typed() {
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
    fn an_absent_program_is_an_error_of_its_own() {
        let absent = Sh::new("tidewire-no-such-program").run().unwrap_err();
        assert!(matches!(absent, Error::NotStarted { .. }), "{absent}");
    }

    #[test]
    fn what_cargo_run_says_of_us_is_not_passed_on() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"] {
            assert!(is_of_cargo_run(&name.into()), "{name}");
        }
        for name in ["CARGO", "CARGO_TARGET_DIR", "CARGO_HOME", "PATH"] {
            assert!(!is_of_cargo_run(&name.into()), "{name}");
        }
    }
}
