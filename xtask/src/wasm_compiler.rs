//! The compiler for wasm: rustup's if it has the target or can add it, else Debian's, which builds the standard library from source.

use std::path::{Path, PathBuf};

use crate::packages;
use crate::sh::{Error, Sh, root};

const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) enum Compiler {
    /// The compiler that built xtask, with rustup's library for the target.
    Rustup,
    /// Debian's compiler, with the standard library built from source, and rustup's linker.
    Debian { linker: PathBuf },
}

/// Returns the first compiler that is installed or can be installed.
pub(crate) fn find() -> Result<Compiler, Error> {
    if has_target() || add_target() {
        return Ok(Compiler::Rustup);
    }
    packages::ensure(&[
        packages::RUSTC_WEB,
        packages::CARGO_WEB,
        packages::RUST_WEB_SRC,
    ])
    .map_err(|error| {
        let remedy = format!("`rustup target add {TARGET}`, or on Debian: {error}");
        Error::missing("no compiler for wasm is installed", remedy)
    })?;
    let linker = sysroot().join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if linker.exists() {
        return Ok(Compiler::Debian { linker });
    }
    Err(Error::missing(
        "no linker for wasm is installed",
        "install a rustup toolchain: it has `rust-lld`",
    ))
}

fn has_target() -> bool {
    sysroot()
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .exists()
}

fn add_target() -> bool {
    let added = Sh::new("rustup").args(["target", "add", TARGET]).ask();
    added.is_some() && has_target()
}

fn sysroot() -> PathBuf {
    Sh::new("rustc")
        .words("--print sysroot")
        .ask()
        .map(PathBuf::from)
        .unwrap_or_default()
}

impl Compiler {
    /// Returns the compiler's version line.
    pub(crate) fn version(&self) -> String {
        let version = match self {
            Compiler::Rustup => Sh::new("rustc"),
            Compiler::Debian { .. } => Sh::new("/usr/bin/rustc"),
        };
        version.words("--version").ask().unwrap_or_default()
    }

    /// Compiles the core of the npm package. Returns the path of the wasm file.
    pub(crate) fn compile(&self, target_dir: &str) -> Result<PathBuf, Error> {
        let target_dir = root().join(target_dir);
        self.cargo()
            .words(
                "rustc --quiet --locked -p tidewire-wasm --lib --crate-type cdylib --profile wasm",
            )
            .args(self.target("core,alloc,panic_abort"))
            .env("CARGO_TARGET_DIR", &target_dir)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags().join("\x1f"))
            .run()?;
        Ok(target_dir.join(TARGET).join("wasm/tidewire_wasm.wasm"))
    }

    /// Compiles what the arguments of `cargo build` name, with the standard library. Returns the folder of its profiles.
    pub(crate) fn build(&self, words: &str, target_dir: &str) -> Result<PathBuf, Error> {
        let target_dir = root().join(target_dir);
        self.cargo()
            .words("build --quiet")
            .words(words)
            .args(self.target("std,panic_abort"))
            .env("CARGO_TARGET_DIR", &target_dir)
            // wasm-bindgen would copy megabytes of it.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .run()?;
        Ok(target_dir.join(TARGET))
    }

    fn cargo(&self) -> Sh {
        match self {
            Compiler::Rustup => Sh::cargo(),
            Compiler::Debian { linker } => debian(linker),
        }
    }

    /// The arguments for the target. `libraries`: those of the standard library that are built from source.
    fn target(&self, libraries: &str) -> Vec<String> {
        let mut args = vec!["--target".to_owned(), TARGET.to_owned()];
        if let Compiler::Debian { .. } = self {
            args.push(format!("-Zbuild-std={libraries}"));
        }
        args
    }

    fn flags(&self) -> Vec<String> {
        // 32 KiB of stack below all other memory: an overflow traps, and one page of memory is enough.
        let mut flags = vec![
            "-Clink-arg=-zstack-size=32768".to_owned(),
            "-Clink-arg=--stack-first".to_owned(),
            format!("--remap-path-prefix={}=tidewire", root().join("").display()),
        ];
        if let Compiler::Debian { .. } = self {
            flags.push("-Cpanic=immediate-abort".to_owned());
            flags.push("-Zunstable-options".to_owned());
        }
        flags
    }
}

/// Returns Debian's cargo, without rustup's environment variables.
fn debian(linker: &Path) -> Sh {
    Sh::new("/usr/bin/cargo")
        .env("PATH", "/usr/bin:/bin")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("LD_LIBRARY_PATH", "")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
}
