//! The nodes of a cluster: programs of their own, or the workers of egg.

mod apart;
mod egg;
mod place;

use std::io;

use apart::Apart;
use egg::Egg;
pub(crate) use place::Place;

use crate::options::Server;

#[derive(Debug)]
pub(crate) enum Nodes {
    Apart(Apart),
    Egg(Egg),
}

impl Nodes {
    pub(crate) async fn start(server: Server, place: Place) -> io::Result<Self> {
        Ok(match server {
            Server::Testbed => Self::Apart(Apart::start(apart::testbed, place).await?),
            Server::Socketio => Self::Apart(Apart::start(apart::socketio, place).await?),
            Server::Egg => Self::Egg(Egg::start(&place).await?),
        })
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Apart(nodes) => nodes.count(),
            Self::Egg(egg) => egg.count(),
        }
    }

    /// Returns the ports that nginx sends requests to.
    pub(crate) fn ports(&self) -> &[u16] {
        match self {
            Self::Apart(nodes) => nodes.ports(),
            Self::Egg(egg) => egg.ports(),
        }
    }

    /// Restarts a node as a deployment does.
    pub(crate) async fn restart(&mut self, node: usize) -> io::Result<()> {
        match self {
            Self::Apart(nodes) => nodes.restart(node).await,
            Self::Egg(egg) => egg.restart(node).await,
        }
    }

    /// Kills a node, which has no time for anything. Programs stay away; egg starts another worker by itself.
    pub(crate) async fn kill(&mut self, node: usize) -> io::Result<()> {
        match self {
            Self::Apart(nodes) => nodes.kill(node).await,
            Self::Egg(egg) => egg.kill(node),
        }
    }

    /// Brings a killed node back.
    pub(crate) async fn revive(&mut self, node: usize) -> io::Result<()> {
        match self {
            Self::Apart(nodes) => nodes.run(node).await,
            Self::Egg(egg) => egg.replace(node).await,
        }
    }
}
