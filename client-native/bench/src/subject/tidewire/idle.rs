//! tidewire's connections of other kinds, whose memory is measured.

use tidewire::{Client, Transport};

use super::super::{Connects, Counted, Target};
use super::client::Tidewire;
use crate::result::Result;

/// With a handler, which has a task.
pub(crate) struct WithHandler(Tidewire);

/// Over TLS.
pub(crate) struct OverTls(Tidewire);

/// Over HTTP polling, with TLS if there is a certificate.
pub(crate) struct Polling(Tidewire);

impl Connects for WithHandler {
    type Idle = Self;

    async fn connect(target: &Target) -> Result<Self> {
        let builder = Client::builder(target.url());
        let builder = builder.on("tick", |_: (u32, String), _| async {});
        Tidewire::with(builder).await.map(WithHandler)
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.count().await
    }

    fn idle(self) -> Self {
        self
    }
}

impl Connects for OverTls {
    type Idle = Self;

    async fn connect(target: &Target) -> Result<Self> {
        let certificate = target.certificate.as_deref().ok_or("no certificate")?;
        let builder = Client::builder(target.url()).root_certificate_pem(certificate.as_bytes());
        Tidewire::with(builder).await.map(OverTls)
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.count().await
    }

    fn idle(self) -> Self {
        self
    }
}

impl Connects for Polling {
    type Idle = Self;

    async fn connect(target: &Target) -> Result<Self> {
        let mut builder = Client::builder(target.url()).transports([Transport::Polling]);
        if let Some(certificate) = &target.certificate {
            builder = builder.root_certificate_pem(certificate.as_bytes());
        }
        Tidewire::with(builder).await.map(Polling)
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.count().await
    }

    fn idle(self) -> Self {
        self
    }
}
