//! tidewire, used as its documentation says.
//!
//! Layers, bottom up: client -> idle, receive, send -> mod.

mod client;
mod idle;
mod receive;
mod send;

use super::{Job, Subject};
use crate::result::Result;
use crate::sample::Sample;

pub(crate) use client::Tidewire;
pub(crate) use idle::Idle;

impl Subject for Tidewire {
    async fn echo(&mut self, number: u64) -> Result<u64> {
        Ok(self.socket.emit_with_ack("echo", number).await?)
    }

    async fn receive(job: &Job) -> Result<Sample> {
        let Tidewire { socket } = Tidewire::of(job).await?;
        receive::texts(&socket, job).await
    }

    async fn receive_blobs(job: &Job) -> Result<Sample> {
        let Tidewire { socket } = Tidewire::of(job).await?;
        receive::blobs(&socket, job).await
    }

    async fn send(job: &Job) -> Result<Sample> {
        let mut tidewire = Tidewire::of(job).await?;
        send::texts(&mut tidewire, job).await
    }

    async fn send_blobs(job: &Job) -> Result<Sample> {
        let mut tidewire = Tidewire::of(job).await?;
        send::blobs(&mut tidewire, job).await
    }
}
