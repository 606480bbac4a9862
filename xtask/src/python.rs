//! Installs the Python packages of the peers into virtual environments, by their lists of requirements.

use crate::lock::Lock;
use crate::packages;
use crate::sh::{Error, Sh, root};

const FOLDER: &str = "server-testbed/peers/python";

/// The major versions of python-socketio; each has its list and its environment.
const VERSIONS: [&str; 2] = ["4", "5"];

/// Installs what is missing.
pub(crate) fn install() -> Result<(), Error> {
    packages::ensure(&[packages::PYTHON, packages::PYTHON_VENV])?;
    for version in VERSIONS {
        lock(version).install(|| fill(version))?;
    }
    Ok(())
}

/// Makes the environment anew.
fn fill(version: &str) -> Result<(), Error> {
    let environment = environment(version);
    println!("installing {}", requirements(version));
    Sh::new("python3")
        .words("-m venv --clear")
        .args([&environment])
        .run()?;
    let pip = root().join(&environment).join("bin/pip");
    Sh::new(pip)
        .words("install --quiet --requirement")
        .args([requirements(version)])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .run()
}

fn lock(version: &str) -> Lock {
    Lock {
        file: requirements(version),
        stamp: format!("{}/.tidewire-requirements", environment(version)),
    }
}

fn requirements(version: &str) -> String {
    format!("{FOLDER}/requirements-{version}.txt")
}

fn environment(version: &str) -> String {
    format!("{FOLDER}/env-{version}")
}
