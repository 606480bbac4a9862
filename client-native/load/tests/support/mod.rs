//! Servers and helpers of the tests.

#![allow(dead_code, reason = "every test target uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tidewire_load::Report;

/// Ends a test that hangs. No test waits for it to pass.
const GUARD: Duration = Duration::from_secs(120);

/// Awaits `future`; panics if it does not end.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future)
        .await
        .expect("the test hangs")
}

/// Runs the program in the folder of a test and returns its output.
pub(crate) async fn tidewire_load(folder: &Folder, args: &[&str]) -> Output {
    let child = tokio::process::Command::new(env!("CARGO_BIN_EXE_tidewire-load"))
        .args(args)
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    guarded(child).await.expect("the program starts")
}

/// The exit status.
pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

/// Standard error.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder that is removed at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder.
    pub(crate) fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    /// Writes a file; returns its path.
    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("the folder is writable");
        path.display().to_string()
    }

    /// The path of a file.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file was written")
    }

    /// Reads a report.
    pub(crate) fn report(&self, name: &str) -> Report {
        Report::from_json(&self.read(name)).expect("a report")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Node server of `server-testbed/peers`. Dropping it kills it.
pub(crate) struct Peer {
    child: Child,
    /// Its port.
    pub(crate) port: u16,
}

impl Peer {
    /// Starts `node <folder>/server.js` and waits until it listens.
    pub(crate) fn start(folder: &str, env: &[(&str, &str)]) -> Peer {
        let peers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../server-testbed/peers");
        assert!(
            peers.join("node_modules").exists(),
            "the Node peers are not installed: run `cargo xtask test --only peers`"
        );
        let mut child = Command::new("node")
            .arg(format!("{folder}/server.js"))
            .current_dir(peers)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let output = child.stdout.take().expect("standard output is piped");
        let mut lines = BufReader::new(output).lines();
        let port = loop {
            let line = lines.next().expect("the server starts").expect("a text");
            if let Some(port) = line.strip_prefix("listening on ") {
                break port.trim().parse().expect("a port");
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Peer { child, port }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
