//! Nodes that are programs of their own: the testbed, or socket.io 4.8.4 with its adapter for Redis streams.

use std::io;

use tidewire_testbed::free_port;
use tokio::process::Command;

use super::place::{Place, listening};
use crate::program::Program;

/// The sites of nginx have the same number.
const COUNT: usize = 3;

/// Makes the command that runs the node on a port.
type Run = fn(&Place, u16) -> Command;

#[derive(Debug)]
pub(crate) struct Apart {
    run: Run,
    place: Place,
    ports: Vec<u16>,
    /// `None` for a node that has been killed.
    programs: Vec<Option<Program>>,
}

impl Apart {
    pub(super) async fn start(run: Run, place: Place) -> io::Result<Self> {
        let ports = (0..COUNT)
            .map(|_| free_port())
            .collect::<io::Result<Vec<_>>>()?;
        let programs = ports.iter().map(|_| None).collect();
        let mut nodes = Self {
            run,
            place,
            ports,
            programs,
        };
        for node in 0..COUNT {
            nodes.run(node).await?;
        }
        Ok(nodes)
    }

    pub(super) fn count(&self) -> usize {
        self.ports.len()
    }

    pub(super) fn ports(&self) -> &[u16] {
        &self.ports
    }

    pub(super) async fn run(&mut self, node: usize) -> io::Result<()> {
        let command = (self.run)(&self.place, self.ports[node]);
        let mut program = Program::start(&format!("node-{node}"), command, &self.place.folder)?;
        program.wait_for(listening).await?;
        self.programs[node] = Some(program);
        Ok(())
    }

    pub(super) async fn restart(&mut self, node: usize) -> io::Result<()> {
        if let Some(mut program) = self.programs[node].take() {
            program.terminate().await?;
        }
        self.run(node).await
    }

    pub(super) async fn kill(&mut self, node: usize) -> io::Result<()> {
        match self.programs[node].take() {
            Some(mut program) => program.kill().await,
            None => Ok(()),
        }
    }
}

pub(super) fn testbed(place: &Place, port: u16) -> Command {
    let mut command = Command::new(&place.programs.testbed);
    command.args(["--port", &port.to_string()]);
    command.args([
        "--redis",
        &format!("redis://127.0.0.1:{}", place.redis_port),
    ]);
    if let Some(heartbeat) = place.heartbeat {
        command.args(["--ping-interval", &heartbeat.to_string()]);
        command.args(["--ping-timeout", &heartbeat.to_string()]);
    }
    command
}

pub(super) fn socketio(place: &Place, port: u16) -> Command {
    let mut command = place.peer("socketio4/server.js", port);
    command.env("ALLOW_EIO3", "yes");
    command
}
