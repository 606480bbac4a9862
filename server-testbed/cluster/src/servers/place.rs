//! The surroundings of the nodes, and the line that they write when they are ready.

use std::path::PathBuf;

use tokio::process::Command;

use crate::options::Programs;

#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) programs: Programs,
    pub(crate) heartbeat: Option<u64>,
    pub(crate) redis_port: u16,
    pub(crate) folder: PathBuf,
}

impl Place {
    /// Makes the command for a program of the Node servers.
    pub(super) fn peer(&self, program: &str, port: u16) -> Command {
        let mut command = Command::new("node");
        command
            .arg(program)
            .current_dir(&self.programs.peers)
            .env("PORT", port.to_string())
            .env("REDIS_PORT", self.redis_port.to_string());
        if let Some(heartbeat) = self.heartbeat {
            command.env("PING_INTERVAL", heartbeat.to_string());
            command.env("PING_TIMEOUT", heartbeat.to_string());
        }
        command
    }
}

/// Reads the line that each server writes when it is ready.
pub(super) fn listening(line: &str) -> Option<()> {
    line.starts_with("listening on ").then_some(())
}
