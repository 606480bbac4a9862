//! Programs and libraries in Debian packages: installs missing ones as root on Debian, else names them.
//!
//! It installs nothing else, removes nothing and starts no service.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sh::{Error, Sh};

/// A package, and a command that succeeds if its content is installed (from any source).
pub(crate) struct Package {
    name: &'static str,
    probe: &'static [&'static str],
}

pub(crate) const REDIS: Package = Package {
    name: "redis-server",
    probe: &["redis-server", "--version"],
};
pub(crate) const NGINX: Package = Package {
    name: "nginx",
    probe: &["nginx", "-v"],
};
/// `ps`, and `kill` as a program.
pub(crate) const PROCPS: Package = Package {
    name: "procps",
    probe: &["sh", "-c", "ps -A && env kill -l"],
};
pub(crate) const CURL: Package = Package {
    name: "curl",
    probe: &["curl", "--version"],
};
pub(crate) const PYTHON: Package = Package {
    name: "python3",
    probe: &["python3", "--version"],
};
pub(crate) const PYTHON_VENV: Package = Package {
    name: "python3-venv",
    probe: &["python3", "-c", "import ensurepip, venv"],
};
pub(crate) const CHROMIUM: Package = Package {
    name: "chromium",
    probe: &["chromium", "--version"],
};
pub(crate) const PKG_CONFIG: Package = Package {
    name: "pkg-config",
    probe: &["pkg-config", "--version"],
};
pub(crate) const OPENSSL: Package = Package {
    name: "libssl-dev",
    probe: &["pkg-config", "--exists", "openssl"],
};

pub(crate) const RUSTC_WEB: Package = Package {
    name: "rustc-web",
    probe: &["/usr/bin/rustc", "--version"],
};
pub(crate) const CARGO_WEB: Package = Package {
    name: "cargo-web",
    probe: &["/usr/bin/cargo", "--version"],
};
pub(crate) const RUST_WEB_SRC: Package = Package {
    name: "rust-web-src",
    probe: &["test", "-d", "/usr/lib/rustlib/src/rust/library/core"],
};

/// Installs those of `packages` that are missing.
///
/// # Errors
/// A package is missing and this is not root on Debian, or the installation fails.
pub(crate) fn ensure(packages: &[Package]) -> Result<(), Error> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !package.is_installed())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !may_install() {
        return Err(Error::missing(
            format!("not installed: {}", missing.join(", ")),
            "install the packages of your system with these programs (as root on Debian, xtask installs them)",
        ));
    }
    println!("installing {}", missing.join(", "));
    install(&missing)
}

impl Package {
    fn is_installed(&self) -> bool {
        let Some((program, args)) = self.probe.split_first() else {
            return false;
        };
        Sh::new(program).args(args).ask().is_some()
    }
}

fn may_install() -> bool {
    let is_root = Sh::new("id").words("-u").ask().as_deref() == Some("0");
    is_root && Path::new("/etc/debian_version").exists()
}

fn install(names: &[&str]) -> Result<(), Error> {
    let _no_service_starts = NoServices::by("/usr/sbin/policy-rc.d")?;
    apt_get().words("update").run()?;
    refuse_node(names)?;
    // If one conflicts with an installed package, apt must fail and not remove that package.
    apt_get()
        .words("install --yes --no-install-recommends --no-remove")
        .args(names)
        .run()
}

/// Refuses packages that depend on Debian's Node: only the machine's owner installs Node.
fn refuse_node(names: &[&str]) -> Result<(), Error> {
    let plan = apt_get()
        .words("install --simulate --no-install-recommends --no-remove")
        .args(names)
        .ask();
    if plan.is_some_and(|plan| plan.lines().any(|line| line.starts_with("Inst nodejs"))) {
        let what = format!("{} would install Debian's Node", names.join(", "));
        return Err(Error::missing(
            what,
            "install them yourself if you want Debian's Node",
        ));
    }
    Ok(())
}

fn apt_get() -> Sh {
    Sh::new("apt-get")
        .words("-qq")
        .env("DEBIAN_FRONTEND", "noninteractive")
}

/// While it exists, Debian packages start no service: their scripts ask a policy file first.
struct NoServices {
    /// The policy file, if this guard wrote it.
    policy: Option<PathBuf>,
}

impl NoServices {
    /// Writes the policy file, unless there is one already.
    fn by(policy: &str) -> Result<Self, Error> {
        let path = PathBuf::from(policy);
        if path.exists() {
            return Ok(Self { policy: None });
        }
        fs::write(&path, "#!/bin/sh\nexit 101\n").map_err(Error::file(&path))?;
        let guard = Self { policy: Some(path) };
        Sh::new("chmod").args(["755", policy]).run()?;
        Ok(guard)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        let Some(policy) = &self.policy else { return };
        if let Err(cause) = fs::remove_file(policy) {
            let policy = policy.display();
            eprintln!("warning: {policy} cannot be removed ({cause}): remove it by hand");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn a_policy_file_is_removed_with_its_guard() {
        let path = env::temp_dir().join(format!("tidewire-policy-{}", std::process::id()));
        let policy = path.to_string_lossy();
        let ours = NoServices::by(&policy).unwrap();
        let refused = Sh::new(&path).run().unwrap_err();
        assert!(
            refused.to_string().contains("exit status: 101"),
            "{refused}"
        );
        drop(NoServices::by(&policy).unwrap());
        assert!(path.exists(), "a second guard keeps the first guard's file");
        drop(ours);
        assert!(!path.exists());
    }
}
