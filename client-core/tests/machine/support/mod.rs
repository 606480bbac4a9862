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

use tidewire_core::{Config, Dialect, Reconnection, Transport};

pub(crate) use line::Climbing;
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
pub(crate) fn climbing() -> Config {
    Config {
        transports: vec![Transport::Polling, Transport::WebSocket],
        ..config()
    }
}

/// Runs a test against a server of one dialect.
pub(crate) fn on(dialect: Dialect, config: Config, test: impl FnOnce(&mut Pair)) {
    let mut pair = Pair::new(dialect, config);
    test(&mut pair);
    pair.finish();
}

/// Runs a test against a server of each dialect.
pub(crate) fn on_both(test: impl Fn(&mut Pair)) {
    on_both_with(&config(), test);
}

/// Runs a test with its own settings against a server of each dialect.
pub(crate) fn on_both_with(config: &Config, test: impl Fn(&mut Pair)) {
    for dialect in [Dialect::V3, Dialect::V4] {
        on(dialect, config.clone(), &test);
    }
}

/// Runs a test against a server of each dialect over each carrier: a WebSocket, polling, and a climb from this to that, of
/// which the news does not tell.
pub(crate) fn on_all(test: impl Fn(&mut Pair)) {
    on_all_with(&config(), test);
}

/// As [`on_all`], with other settings than those that name transports.
pub(crate) fn on_all_with(config: &Config, test: impl Fn(&mut Pair)) {
    for transports in [
        config.transports.clone(),
        polling().transports,
        climbing().transports,
    ] {
        let config = Config {
            transports,
            ..config.clone()
        };
        on_both_with(&config, |pair| {
            pair.tells_climbs = false;
            test(pair);
        });
    }
}
