//! A machine's configuration, told setting by setting.

use tidewire_core::{Config, Millis, Reconnection};

use crate::layout::{Setting, Word};
use crate::words;

/// What a machine has that is told nothing: of the core's defaults all but the delays, which are socket.io-client's, for whoever
/// comes from there.
pub(crate) fn standard() -> Config {
    Config {
        reconnection: Some(Reconnection::reference()),
        ..Config::default()
    }
}

/// What has been told, which is for one machine.
pub(crate) fn taken(told: &mut Option<Config>) -> Config {
    told.take().unwrap_or_else(standard)
}

/// One setting, by its place in `SETTINGS`. They are to be told in that order.
pub(crate) fn set(config: &mut Config, setting: u32, value: f64) {
    let Some(setting) = Setting::at(setting) else {
        return;
    };
    let (number, yes, span) = (value as u32, value != 0.0, span(value));
    let size = number as usize;
    let millis = Millis(number);
    let back = config
        .reconnection
        .get_or_insert_with(Reconnection::reference);
    match setting {
        Setting::Generation => config.engine_version = Some(words::engine_version(number as i32)),
        Setting::Transports => config.transports = words::transports(number),
        Setting::Upgrade => config.upgrade = yes,
        Setting::RememberUpgrade => config.remember_upgrade = yes,
        Setting::TryAllTransports => config.try_all_transports = yes,
        Setting::ReconnectionAttempts => back.attempts = span.map(|_| number),
        Setting::ReconnectionDelay => back.delay = millis,
        Setting::ReconnectionDelayMax => back.delay_max = millis,
        Setting::RandomizationFactor => back.randomization_percent = (value * 100.0 + 0.5) as u8,
        Setting::StableAfter => back.stable_after = millis,
        Setting::OpenTimeout => config.open_timeout = span,
        Setting::ConnectTimeout => config.connect_timeout = span,
        Setting::Detection => config.detection = millis,
        Setting::PingEvery => config.ping_every = span,
        Setting::PingGrace => config.ping_grace = span,
        Setting::OfflinePackets => config.offline_packets = size,
        Setting::OfflineBytes => config.offline_bytes = size,
        Setting::OfflinePolicy => config.offline_policy = words::offline_policy(Word::at(number)),
        Setting::RetryWindow => config.retry_window = size,
        Setting::EarlyEvents => config.early_events = size,
        Setting::MaxAcks => config.max_acks = size,
        Setting::MaxAttachments => config.max_attachments = number,
        Setting::MaxPacketBytes => config.max_packet_bytes = size,
        Setting::Seed => config.seed = value as u64,
        Setting::Reconnection if !yes => config.reconnection = None,
        Setting::Reconnection => {}
    }
}

/// A span of milliseconds; infinity is none.
pub(crate) fn span(value: f64) -> Option<Millis> {
    value.is_finite().then_some(Millis(value as u32))
}
