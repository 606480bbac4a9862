//! A client of tidewire.

use tidewire::{Builder, Client, Socket};

use super::super::{Connects, Counted, Target};
use crate::result::Result;

pub(crate) struct Tidewire {
    pub(super) socket: Socket,
}

impl Tidewire {
    pub(super) async fn with(builder: Builder) -> Result<Self> {
        let socket = builder.connect().await?;
        Ok(Tidewire { socket })
    }
}

impl Connects for Tidewire {
    type Idle = Self;

    async fn connect(target: &Target) -> Result<Self> {
        Tidewire::with(Client::builder(target.url())).await
    }

    async fn count(&mut self) -> Result<Counted> {
        let (counted,) = self.socket.emit_with_ack("count", ()).await?;
        Ok(counted)
    }

    fn idle(self) -> Self {
        self
    }
}
