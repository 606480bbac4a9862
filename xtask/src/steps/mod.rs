//! The steps of `cargo xtask test`, in their order.

mod bench;
mod deny;
mod npm;
mod outcome;
mod package;
mod peers;
mod rust;
mod source;

pub(crate) use outcome::Outcome;

use crate::packages;
use crate::sh::Error;

/// A check, or a preparation for later checks.
pub(crate) struct Step {
    /// The name for `--only`.
    pub(crate) name: &'static str,
    /// One line: the command, or its effect.
    pub(crate) about: &'static str,
    pub(crate) run: fn() -> Result<Outcome, Error>,
}

/// The steps from quick to slow, each after the steps that it needs.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "cargo fmt --check",
        run: rust::format,
    },
    Step {
        name: "imports",
        about: "no circle of imports in any source tree, and the layers of the core",
        run: source::imports,
    },
    Step {
        name: "prose",
        about: "no phrase that the rules for prose replace (CONTRIBUTING.md)",
        run: source::prose,
    },
    Step {
        name: "clippy",
        about: "cargo clippy, all targets and features, no warning allowed",
        run: rust::clippy,
    },
    Step {
        name: "doc",
        about: "cargo doc, once as published and once with private items, no warning allowed",
        run: rust::doc,
    },
    Step {
        name: "deny",
        about: "cargo deny check: licences, advisories, sources of dependencies (installs cargo-deny by cargo)",
        run: deny::check,
    },
    Step {
        name: "peers",
        about: "npm ci in server-testbed/peers, unless its packages are installed",
        run: peers::install,
    },
    Step {
        name: "python",
        about: "the packages of server-testbed/peers/python in virtual environments (as root on Debian: installs python3-venv)",
        run: peers::install_python,
    },
    Step {
        name: "servers",
        about: "redis-server, nginx, ps, kill and curl are installed (as root on Debian: installs them)",
        run: servers,
    },
    Step {
        name: "peers-check",
        about: "npm run check: the official clients against the peers; and against the testbed with Redis",
        run: peers::check,
    },
    Step {
        name: "test",
        about: "cargo test, all features, doc tests included",
        run: rust::test,
    },
    Step {
        name: "cluster",
        about: "36 clients each against clusters of the testbed, egg and socket.io behind nginx, whose parts end",
        run: cluster,
    },
    Step {
        name: "features",
        about: "cargo build of tidewire-core, and clippy and unit tests of tidewire, without default features",
        run: rust::features,
    },
    Step {
        name: "npm",
        about: "the npm package's core in wasm, built twice to the same bytes (as root on Debian: installs a compiler)",
        run: npm::build,
    },
    Step {
        name: "npm-test",
        about: "the npm package's style, types and tests, with 1,000 simulation runs in wasm",
        run: npm::test,
    },
    Step {
        name: "npm-servers",
        about: "the npm package against the official servers, also through faults, and its parity with socket.io-client",
        run: npm::servers,
    },
    Step {
        name: "npm-mini",
        about: "the packed npm package in imitated hosts of mini-programs: all platforms, servers and transports",
        run: npm::mini,
    },
    Step {
        name: "matrix",
        about: "the compatibility table with the clients that need no browser: all servers, all transports",
        run: npm::matrix,
    },
    Step {
        name: "npm-apps",
        about: "the packed npm package in bundlers, pages, workers, Bun and Deno (as root on Debian: installs Chromium)",
        run: npm::apps,
    },
    Step {
        name: "npm-browser",
        about: "the npm package in Chromium: all servers, all transports, compared with socket.io-client, offline and frozen pages",
        run: npm::browser,
    },
    Step {
        name: "npm-speed",
        about: "the measurement of the npm package works, with few events; no figure fails it",
        run: npm::speed,
    },
    Step {
        name: "web",
        about: "the crate tidewire in Chromium, against socket.io 2 and 4 and the testbed (installs wasm-bindgen-cli by cargo)",
        run: web,
    },
    Step {
        name: "site",
        about: "the site: its pages in Chromium, the playground against socket.io 2 and 4 and the testbed, the simulator, axe",
        run: npm::site,
    },
    Step {
        name: "sizes",
        about: "the npm package's sizes against their budgets",
        run: npm::sizes,
    },
    Step {
        name: "examples",
        about: "cargo build of every example",
        run: rust::examples,
    },
    Step {
        name: "package",
        about: "the crates build from the files that `cargo publish` would upload; docs/licenses.md is current",
        run: package::check,
    },
    Step {
        name: "bench",
        about: "the measurement of load with few users; cargo fmt, clippy and test of the benchmark of the clients (as root on Debian: installs the OpenSSL headers)",
        run: bench::check,
    },
];

fn web() -> Result<Outcome, Error> {
    crate::web::check("")?;
    Ok(Outcome::Passed)
}

fn cluster() -> Result<Outcome, Error> {
    crate::cluster::check()?;
    Ok(Outcome::Passed)
}

fn servers() -> Result<Outcome, Error> {
    packages::ensure(&[
        packages::REDIS,
        packages::NGINX,
        packages::PROCPS,
        packages::CURL,
    ])?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_steps_share_a_name() {
        for (index, step) in STEPS.iter().enumerate() {
            let rest = &STEPS[index + 1..];
            assert!(rest.iter().all(|other| other.name != step.name));
        }
    }
}
