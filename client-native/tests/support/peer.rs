//! Programs that tests start: Node peers and Redis. Dropping one kills it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A child process that listens on a port.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    pub(crate) port: u16,
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
        let port = wait_for_line(&mut child, |line| {
            line.strip_prefix("listening on ")
                .and_then(|port| port.trim().parse().ok())
        });
        Peer { child, port }
    }

    /// Starts a Redis without persistence.
    pub(crate) fn redis() -> Peer {
        let port = free_port();
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server starts: `cargo xtask test` installs it on Debian");
        wait_for_line(&mut child, |line| {
            line.contains("Ready to accept connections").then_some(())
        });
        Peer { child, port }
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
fn wait_for_line<T>(child: &mut Child, found: impl Fn(&str) -> Option<T>) -> T {
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

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}
