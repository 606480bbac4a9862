//! A Redis for tests.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::free_port;

/// The time that it has to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `redis-server` on 127.0.0.1 that keeps everything in memory. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
}

impl RedisServer {
    /// Starts it at a free port, and waits until it accepts connections.
    ///
    /// # Errors
    /// `redis-server` is not installed, or does not start within 60 s.
    pub fn start() -> io::Result<Self> {
        Self::start_at(free_port()?, &[])
    }

    /// Starts it at a port, with further options: `&["--requirepass", "secret"]`.
    ///
    /// # Errors
    /// As [`RedisServer::start`]; or the port is in use, or an option is wrong.
    pub fn start_at(port: u16, options: &[&str]) -> io::Result<Self> {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string()])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                let text = format!(
                    "redis-server: {error}: install it with `cargo xtask test --only servers`"
                );
                io::Error::new(error.kind(), text)
            })?;
        let output = child.stdout.take();
        let server = Self { child, port };
        match output.map(is_ready) {
            Some(true) => Ok(server),
            _ => Err(io::Error::other(format!(
                "redis-server does not accept connections at port {port}"
            ))),
        }
    }

    /// Starts it again after [`RedisServer::stop`], at the same port. All that it knew is lost.
    ///
    /// # Errors
    /// As [`RedisServer::start_at`].
    pub fn start_again(&mut self) -> io::Result<()> {
        self.stop();
        *self = Self::start_at(self.port, &[])?;
        Ok(())
    }

    /// Kills it.
    pub fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Returns its TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns its URL: `redis://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads the output to its end, in a thread. Returns whether the server is ready in time.
fn is_ready(output: ChildStdout) -> bool {
    let (ready, is_ready) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        for line in lines {
            if line.contains("Ready to accept connections") {
                // An error means that no caller waits any more.
                let _ = ready.send(());
            }
        }
    });
    is_ready.recv_timeout(PATIENCE).is_ok()
}
