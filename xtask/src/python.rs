//! Installs the Python packages of the peers into virtual environments, by their lists of requirements.

use crate::lock::Lock;
use crate::packages;
use crate::sh::{Error, Sh, root};

const FOLDER: &str = "server-testbed/peers/python";

/// Each has its list and its environment: the major versions of python-socketio, and the front of WebTransport.
const ENVIRONMENTS: [&str; 3] = ["4", "5", "quic"];

/// Installs what is missing.
pub(crate) fn install() -> Result<(), Error> {
    packages::ensure(&[packages::PYTHON, packages::PYTHON_VENV])?;
    for name in ENVIRONMENTS {
        lock(name).install(|| fill(name))?;
    }
    Ok(())
}

/// Makes the environment anew.
fn fill(name: &str) -> Result<(), Error> {
    let environment = environment(name);
    println!("installing {}", requirements(name));
    Sh::new("python3")
        .words("-m venv --clear")
        .args([&environment])
        .run()?;
    let pip = root().join(&environment).join("bin/pip");
    Sh::new(pip)
        .words("install --quiet --requirement")
        .args([requirements(name)])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .run()
}

fn lock(name: &str) -> Lock {
    Lock {
        file: requirements(name),
        stamp: format!("{}/.tidewire-requirements", environment(name)),
    }
}

fn requirements(name: &str) -> String {
    format!("{FOLDER}/requirements-{name}.txt")
}

fn environment(name: &str) -> String {
    format!("{FOLDER}/env-{name}")
}
