//! A server in a process of its own.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::result::Result;

/// A server's process. It is killed when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: String,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Result<Server> {
        let mut process = Command::new(env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut port = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut port)?;
        }
        let port = port.trim().to_owned();
        Ok(Server { process, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has no state to save.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
