//! egg-cluster with two sticky workers behind one port. Its master starts another worker in the place of one that has ended.

use std::io;

use tidewire_testbed::free_port;

use super::place::{Place, listening};
use crate::program::Program;
use crate::signals::{Signal, send};

const WORKERS: usize = 2;

#[derive(Debug)]
pub(crate) struct Egg {
    master: Program,
    port: [u16; 1],
    workers: Vec<u32>,
}

impl Egg {
    pub(super) async fn start(place: &Place) -> io::Result<Self> {
        let port = free_port()?;
        let command = place.peer("egg/cluster.js", port);
        let mut master = Program::start("egg", command, &place.folder)?;
        let mut workers = Vec::new();
        while workers.len() < WORKERS {
            workers.push(master.wait_for(worker).await?);
        }
        master.wait_for(listening).await?;
        Ok(Self {
            master,
            port: [port],
            workers,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.workers.len()
    }

    pub(super) fn ports(&self) -> &[u16] {
        &self.port
    }

    pub(super) async fn restart(&mut self, node: usize) -> io::Result<()> {
        send(self.workers[node], Signal::Terminate)?;
        self.replace(node).await
    }

    pub(super) fn kill(&self, node: usize) -> io::Result<()> {
        send(self.workers[node], Signal::Kill)
    }

    /// Waits for the worker in the place of one that has ended.
    pub(super) async fn replace(&mut self, node: usize) -> io::Result<()> {
        self.workers[node] = self.master.wait_for(worker).await?;
        Ok(())
    }
}

/// Reads the line of a worker that listens.
fn worker(line: &str) -> Option<u32> {
    line.strip_prefix("worker ")?.parse().ok()
}
