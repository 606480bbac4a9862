//! A Redis without persistence.

use std::io;
use std::path::{Path, PathBuf};

use tidewire_testbed::free_port;
use tokio::process::Command;

use crate::program::Program;

#[derive(Debug)]
pub(crate) struct Redis {
    port: u16,
    program: Program,
    folder: PathBuf,
}

impl Redis {
    pub(crate) async fn start(folder: &Path) -> io::Result<Self> {
        let port = free_port()?;
        Ok(Self {
            port,
            program: run(port, folder).await?,
            folder: folder.to_owned(),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it. All that it knows is lost.
    pub(crate) async fn stop(&mut self) -> io::Result<()> {
        self.program.kill().await
    }

    pub(crate) async fn start_again(&mut self) -> io::Result<()> {
        self.program = run(self.port, &self.folder).await?;
        Ok(())
    }
}

async fn run(port: u16, folder: &Path) -> io::Result<Program> {
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--port", &port.to_string(), "--dir"])
        .arg(folder);
    let mut program = Program::start("redis", command, folder)?;
    let ready = |line: &str| line.contains("Ready to accept connections").then_some(());
    program.wait_for(ready).await?;
    Ok(program)
}
