//! The client under test, a model server, a virtual clock, and laws that hold in every test.
//!
//! Layers, bottom up: payload, outgoing -> wire -> body, event_text -> network -> carrier, server, session -> oracle -> pair.

pub(crate) mod body;
mod carrier;
mod event_text;
pub(crate) mod network;
mod oracle;
mod outgoing;
pub(crate) mod pair;
mod payload;
pub(crate) mod rng;
pub(crate) mod server;
mod session;
pub(crate) mod wire;

use tidewire_core::{Config, EngineVersion, Reconnection, Transport};

pub(crate) use carrier::UpgradePolicy;
pub(crate) use network::LATENCY;
pub(crate) use outgoing::outgoing;
pub(crate) use pair::{Auth, HANDSHAKE, Pair};
pub(crate) use server::{AckPolicy, PING_INTERVAL, PING_TIMEOUT};

/// Returns the default config without jitter, so that delays are exact.
pub(crate) fn config() -> Config {
    Config {
        reconnection: Some(steady()),
        ..Config::default()
    }
}

/// Returns the reconnection config of socket.io-client without jitter.
pub(crate) fn steady() -> Reconnection {
    Reconnection {
        randomization_percent: 0,
        ..Reconnection::reference()
    }
}

/// Returns the default config without jitter, with polling only.
pub(crate) fn polling() -> Config {
    Config {
        transports: vec![Transport::Polling],
        ..config()
    }
}

/// Returns the default config without jitter, with polling first and an upgrade.
pub(crate) fn upgrading() -> Config {
    Config {
        transports: vec![Transport::Polling, Transport::WebSocket],
        ..config()
    }
}

/// Returns the default config without jitter, with polling first and an upgrade to a WebTransport or a WebSocket.
pub(crate) fn upgrading_to_all() -> Config {
    Config {
        transports: vec![
            Transport::Polling,
            Transport::WebSocket,
            Transport::WebTransport,
        ],
        ..config()
    }
}

/// Runs a test against a server of one Engine.IO version, in both lanes.
#[expect(
    clippy::needless_pass_by_value,
    reason = "shorter at the many places that call it"
)]
pub(crate) fn on(engine_version: EngineVersion, config: Config, test: impl Fn(&mut Pair)) {
    for fast_lane in [false, true] {
        let mut pair = Pair::new(engine_version, config.clone());
        pair.fast_lane = fast_lane;
        test(&mut pair);
        pair.finish();
    }
}

/// Runs a test against a server of each Engine.IO version.
pub(crate) fn on_both(test: impl Fn(&mut Pair)) {
    on_both_with(&config(), test);
}

/// Runs a test with its own config against a server of each Engine.IO version.
pub(crate) fn on_both_with(config: &Config, test: impl Fn(&mut Pair)) {
    for engine_version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        on(engine_version, config.clone(), &test);
    }
}

/// Runs a test against a server of each Engine.IO version over a WebSocket, over polling, and with an upgrade. `client_events` does
/// not show the upgrade, so that the events of all runs are the same.
pub(crate) fn on_all(test: impl Fn(&mut Pair)) {
    on_all_with(&config(), test);
}

/// Runs a test as [`on_all`], with its own config except for the transports.
pub(crate) fn on_all_with(config: &Config, test: impl Fn(&mut Pair)) {
    for transports in [
        config.transports.clone(),
        polling().transports,
        upgrading().transports,
    ] {
        let config = Config {
            transports,
            ..config.clone()
        };
        on_both_with(&config, |pair| {
            pair.shows_upgrades = false;
            test(pair);
        });
    }
}
