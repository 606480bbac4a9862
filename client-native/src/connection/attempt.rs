//! The stages of a connect, as the driver sees them. The transport measures those below Engine.IO.

use tidewire_core::{Link, Transport};

use crate::host::time::{Instant, since};
use crate::meter::{Meter, Stage};

/// An attempt to open a session, until nothing is left to measure.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The link that opens the session.
    link: Link,
    /// When the stage began that is not over.
    since: Instant,
    stage: Stage,
    /// When the upgrade began.
    upgrade: Option<Instant>,
}

impl Attempt {
    pub(super) fn begin(link: Link, meter: &Meter) -> Box<Attempt> {
        meter.begin_attempt();
        Box::new(Attempt {
            link,
            since: Instant::now(),
            stage: Stage::Handshake,
            upgrade: None,
        })
    }

    /// Whether this link opens the session.
    pub(super) fn opens_by(&self, link: Link) -> bool {
        self.link == link
    }

    /// The session is open.
    pub(super) fn opened(&mut self, meter: &Meter) {
        if self.stage != Stage::Handshake {
            return;
        }
        let took = since(self.since).saturating_sub(meter.connecting());
        meter.record(Stage::Handshake, took);
        self.stage = Stage::Namespace;
        self.since = Instant::now();
    }

    /// A namespace is connected.
    pub(super) fn connected(&mut self, meter: &Meter) {
        if self.stage == Stage::Namespace {
            meter.record(Stage::Namespace, since(self.since));
            self.stage = Stage::Upgrade;
        }
    }

    /// The upgrade begins, or tries a second transport.
    pub(super) fn upgrades(&mut self) {
        self.upgrade.get_or_insert_with(Instant::now);
    }

    pub(super) fn upgraded(&mut self, meter: &Meter) {
        if let Some(start) = self.upgrade.take() {
            meter.record(Stage::Upgrade, since(start));
        }
    }

    /// Whether all stages are over.
    pub(super) fn is_over(&self, transport: Option<Transport>) -> bool {
        self.stage == Stage::Upgrade
            && self.upgrade.is_none()
            && transport != Some(Transport::Polling)
    }
}
