//! Programs that tests start: Node and Python peers. Dropping one kills it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A child process that listens on a port.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    pub(crate) port: u16,
    /// The SHA-256 of its certificate, as hexadecimal digits; empty without one.
    pub(crate) certificate: String,
}

impl Peer {
    /// Starts `node <script>` of `server-testbed/peers` and waits until it listens.
    pub(crate) fn node(script: &str, port: u16, env: &[(&str, String)]) -> Peer {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server-testbed/peers");
        assert!(
            folder.join("node_modules").exists(),
            "the Node peers are not installed: run `cargo xtask test` once, or `npm ci` in {}",
            folder.display()
        );
        let mut node = Command::new("node");
        node.arg(script).current_dir(folder);
        Peer::start(node, port, env)
    }

    /// Starts `<script>` of `server-testbed/peers/python` with the packages of a virtual environment there, and waits until it
    /// listens.
    pub(crate) fn python(
        environment: &str,
        script: &str,
        port: u16,
        env: &[(&str, String)],
    ) -> Peer {
        let folder =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server-testbed/peers/python");
        let program = folder.join(environment).join("bin/python");
        assert!(
            program.exists(),
            "the Python peers are not installed: run `cargo xtask test --only python`"
        );
        let mut python = Command::new(program);
        // Flask writes each request to standard error.
        python.arg(script).current_dir(folder).stderr(Stdio::null());
        Peer::start(python, port, env)
    }

    fn start(mut command: Command, port: u16, env: &[(&str, String)]) -> Peer {
        let mut child = command
            .env("PORT", port.to_string())
            .envs(env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the peer's interpreter is installed");
        let mut certificate = String::new();
        let port = wait_for_line(&mut child, |line| {
            if let Some(hash) = line.strip_prefix("certificate ") {
                hash.trim().clone_into(&mut certificate);
            }
            line.strip_prefix("listening on ")?.trim().parse().ok()
        });
        Peer {
            child,
            port,
            certificate,
        }
    }

    /// Kills the program, as a crash does.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads the child's output up to the line for which `found` returns a value; discards the rest.
fn wait_for_line<T>(child: &mut Child, mut found: impl FnMut(&str) -> Option<T>) -> T {
    let output = child.stdout.take().expect("standard output is piped");
    let mut lines = BufReader::new(output).lines();
    let value = loop {
        match lines.next() {
            Some(Ok(line)) => {
                if let Some(value) = found(&line) {
                    break value;
                }
            }
            _ => panic!("the program ended before it was ready: {:?}", child.wait()),
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    value
}
