//! A machine's configuration, told setting by setting.

use alloc::vec::Vec;

use tidewire_core::{Config, Millis, Reconnection, Transport};

use crate::layout::{Setting, Word};
use crate::words;

/// What has been told for the next machine.
#[derive(Debug)]
pub(crate) struct Settings {
    config: Config,
    transports: Vec<Transport>,
    reconnects: bool,
    reconnection: Reconnection,
}

impl Settings {
    pub(crate) fn new() -> Settings {
        Settings {
            config: Config::default(),
            transports: Vec::new(),
            reconnects: true,
            reconnection: Reconnection::default(),
        }
    }

    /// The configuration.
    pub(crate) fn finish(self) -> Config {
        let mut config = self.config;
        if !self.transports.is_empty() {
            config.transports = self.transports;
        }
        config.reconnection = self.reconnects.then_some(self.reconnection);
        config
    }

    /// One setting. The transports are told one by one, in order.
    pub(crate) fn set(&mut self, setting: Setting, value: f64) {
        let Settings {
            config,
            reconnection,
            ..
        } = self;
        let (number, yes, word) = (value as u32, value != 0.0, Word::at(value as u32));
        match setting {
            Setting::Generation => config.dialect = Some(words::dialect(number)),
            Setting::Transports => self.transports.extend(word.map(words::transport_of)),
            Setting::Upgrade => config.upgrade = yes,
            Setting::RememberUpgrade => config.remember_upgrade = yes,
            Setting::TryAllTransports => config.try_all_transports = yes,
            Setting::Reconnection => self.reconnects = yes,
            Setting::ReconnectionAttempts => {
                reconnection.attempts = value.is_finite().then_some(number);
            }
            Setting::ReconnectionDelay => reconnection.delay = Millis(number),
            Setting::ReconnectionDelayMax => reconnection.delay_max = Millis(number),
            Setting::RandomizationFactor => {
                reconnection.randomization_percent = (value * 100.0 + 0.5) as u8;
            }
            Setting::StableAfter => reconnection.stable_after = Millis(number),
            Setting::OpenTimeout => config.open_timeout = span(value),
            Setting::ConnectTimeout => config.connect_timeout = span(value),
            Setting::Detection => config.detection = Millis(number),
            Setting::PingEvery => config.ping_every = span(value),
            Setting::PingGrace => config.ping_grace = span(value),
            Setting::OfflinePackets => config.offline_packets = number as usize,
            Setting::OfflineBytes => config.offline_bytes = number as usize,
            Setting::OfflinePolicy => {
                config.offline_policy = words::offline_policy(word.unwrap_or(Word::Refuse));
            }
            Setting::RetryWindow => config.retry_window = number as usize,
            Setting::MaxAcks => config.max_acks = number as usize,
            Setting::MaxAttachments => config.max_attachments = number,
            Setting::MaxPacketBytes => config.max_packet_bytes = number as usize,
            Setting::Seed => config.seed = value as u64,
        }
    }
}

/// A span of milliseconds; infinity is none.
pub(crate) fn span(value: f64) -> Option<Millis> {
    value.is_finite().then_some(Millis(value as u32))
}
