//! Programs that cargo installs below `target/tools`, each in the version that the repository names.

use std::path::{Path, PathBuf};

use crate::sh::{Error, Sh, root};

/// A program from the registry of crates.
pub(crate) struct Tool<'a> {
    /// The crate that has it.
    pub(crate) package: &'a str,
    /// The program's name. Its first line of `--version` is this name and the version.
    pub(crate) program: &'a str,
    pub(crate) version: &'a str,
    /// Further options of `cargo install`, separated by blanks.
    pub(crate) options: &'a str,
}

impl Tool<'_> {
    /// Returns the program, if it is installed in this version: on the path, or below `target/tools`.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let wanted = format!("{} {}", self.program, self.version);
        [PathBuf::from(self.program), self.own()]
            .into_iter()
            .find(|program| Sh::new(program).words("--version").ask().as_deref() == Some(&wanted))
    }

    /// Returns the program. Installs it if it is missing.
    pub(crate) fn ensure(&self) -> Result<PathBuf, Error> {
        match self.find() {
            Some(program) => Ok(program),
            None => self.install(),
        }
    }

    /// Returns whether the registry can be reached and has this version.
    pub(crate) fn is_available(&self) -> bool {
        Sh::cargo()
            .args(["info", "--quiet", "--registry", "crates-io"])
            .args([format!("{}@{}", self.package, self.version)])
            .ask()
            .is_some()
    }

    fn install(&self) -> Result<PathBuf, Error> {
        let (package, version) = (self.package, self.version);
        println!("installing {package} {version} in target/tools (takes minutes)");
        Sh::cargo()
            .args(["install", "--quiet", package, "--version", version])
            .args([Path::new("--root"), &folder()])
            .words(self.options)
            // Symbols take time and space.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .run()?;
        Ok(self.own())
    }

    fn own(&self) -> PathBuf {
        folder().join("bin").join(self.program)
    }
}

fn folder() -> PathBuf {
    root().join("target/tools")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_another_version_is_not_found() {
        let version = Sh::new("cargo").words("--version").ask().unwrap();
        let (_, version) = version.split_once(' ').unwrap();
        let mut tool = Tool {
            package: "cargo",
            program: "cargo",
            version,
            options: "",
        };
        assert_eq!(tool.find(), Some(PathBuf::from("cargo")));
        tool.version = "0.0.1";
        assert_eq!(tool.find(), None);
    }
}
