//! The configuration of a machine, from a number for each option.

use tidewire_core::{Config, Millis, Reconnection};

use crate::buffer::Reader;
use crate::codes;
use crate::layout::{Code, Setting};

/// The number of an option that has its default: the core's, or for reconnection that of socket.io-client.
pub(crate) const DEFAULT: f64 = f64::NEG_INFINITY;

/// Reads the options: a number for each of `SETTINGS`.
pub(crate) fn read(mut reader: Reader<'_>) -> Config {
    let mut config = Config {
        reconnection: Some(Reconnection::reference()),
        ..Config::default()
    };
    for setting in Setting::ALL {
        let value = reader.number();
        if value != DEFAULT {
            set(&mut config, *setting, value);
        }
    }
    config
}

fn set(config: &mut Config, setting: Setting, value: f64) {
    let (number, yes, span) = (saturated_u32(value), value != 0.0, span(value));
    let size = number as usize;
    let millis = Millis(number);
    let reconnect = config
        .reconnection
        .get_or_insert_with(Reconnection::reference);
    match setting {
        Setting::EngineVersion => config.engine_version = Some(codes::read_engine_version(number)),
        Setting::Transports => config.transports = codes::transports(number),
        Setting::Upgrade => config.upgrade = yes,
        Setting::RememberUpgrade => config.remember_upgrade = yes,
        Setting::TryAllTransports => config.try_all_transports = yes,
        Setting::ReconnectionAttempts => reconnect.attempts = span.map(|_| number),
        Setting::ReconnectionDelay => reconnect.delay = millis,
        Setting::ReconnectionDelayMax => reconnect.delay_max = millis,
        Setting::RandomizationFactor => {
            reconnect.randomization_percent = (value * 100.0 + 0.5) as u8;
        }
        Setting::StableAfter => reconnect.stable_after = millis,
        Setting::OpenTimeout => config.open_timeout = span,
        Setting::ConnectTimeout => config.connect_timeout = span,
        Setting::Detection => config.detection = millis,
        Setting::PingEvery => config.ping_every = span,
        Setting::PingGrace => config.ping_grace = span,
        Setting::OfflinePackets => config.offline_packets = size,
        Setting::OfflineBytes => config.offline_bytes = size,
        Setting::OfflinePolicy => config.offline_policy = codes::offline_policy(Code::at(number)),
        Setting::RetryWindow => config.retry_window = size,
        Setting::EarlyEvents => config.early_events = size,
        Setting::AuthOnEio3 => config.auth_on_eio3 = yes,
        Setting::MaxAcks => config.max_acks = size,
        Setting::MaxAttachments => config.max_attachments = number,
        Setting::MaxPacketBytes => config.max_packet_bytes = size,
        Setting::Seed => config.seed = saturated_u64(value),
        Setting::Reconnection if !yes => config.reconnection = None,
        Setting::Reconnection => {}
    }
}

/// Converts milliseconds; infinity is none.
pub(crate) fn span(value: f64) -> Option<Millis> {
    value.is_finite().then_some(Millis(saturated_u32(value)))
}

/// Converts a number; one that is too large becomes the largest.
///
/// `as` does so natively. WebAssembly MVP has no instruction for it: the lowered one returns 0 from the largest number up.
pub(crate) fn saturated_u32(value: f64) -> u32 {
    if value >= f64::from(u32::MAX) {
        u32::MAX
    } else {
        value as u32
    }
}

/// Converts a number to 64 bits; see [`saturated_u32`].
pub(crate) fn saturated_u64(value: f64) -> u64 {
    if value >= u64::MAX as f64 {
        u64::MAX
    } else {
        value as u64
    }
}
