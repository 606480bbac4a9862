//! Two machines and a virtual clock: the client under test, a model server, and laws that hold for every test.

pub(crate) mod body;
mod line;
pub(crate) mod network;
mod news;
mod oracle;
pub(crate) mod pair;
mod payload;
pub(crate) mod server;
mod session;
pub(crate) mod wire;
mod words;

use tidewire_core::{Config, EngineVersion, Reconnection, Transport};

pub(crate) use line::Upgrading;
pub(crate) use pair::{Auth, Pair};
pub(crate) use server::Answers;
pub(crate) use words::words;

/// The default settings without jitter, so that delays are exact.
pub(crate) fn config() -> Config {
    Config {
        reconnection: Some(steady()),
        ..Config::default()
    }
}

/// The backoff of socket.io-client without jitter.
pub(crate) fn steady() -> Reconnection {
    Reconnection {
        randomization_percent: 0,
        ..Reconnection::reference()
    }
}

/// The default settings, without jitter, over polling alone.
pub(crate) fn polling() -> Config {
    Config {
        transports: vec![Transport::Polling],
        ..config()
    }
}

/// The default settings, without jitter, over polling first.
pub(crate) fn upgrading() -> Config {
    Config {
        transports: vec![Transport::Polling, Transport::WebSocket],
        ..config()
    }
}

/// Runs a test against a server of one Engine.IO version.
pub(crate) fn on(engine_version: EngineVersion, config: Config, test: impl FnOnce(&mut Pair)) {
    let mut pair = Pair::new(engine_version, config);
    test(&mut pair);
    pair.finish();
}

/// Runs a test against a server of each Engine.IO version.
pub(crate) fn on_both(test: impl Fn(&mut Pair)) {
    on_both_with(&config(), test);
}

/// Runs a test with its own settings against a server of each Engine.IO version.
pub(crate) fn on_both_with(config: &Config, test: impl Fn(&mut Pair)) {
    for engine_version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        on(engine_version, config.clone(), &test);
    }
}

/// Runs a test against a server of each Engine.IO version over each carrier: a WebSocket, polling, and an upgrade from this to that, of
/// which the news does not tell.
pub(crate) fn on_all(test: impl Fn(&mut Pair)) {
    on_all_with(&config(), test);
}

/// As [`on_all`], with other settings than those that name transports.
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
            pair.tells_upgrades = false;
            test(pair);
        });
    }
}
