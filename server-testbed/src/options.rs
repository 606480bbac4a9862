//! The settings of the program: options, environment variables, and a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Deserializer};
use tidewire_testbed::{BadSetting, Bounds, Config, Limits};
use tracing_subscriber::EnvFilter;

/// Every setting is optional, so that the file can give those that options and environment do not.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Options {
    /// TOML file with settings; their names are those of the options, with `apps` and `echo-clients` as tables.
    #[arg(long, env = "TIDEWIRE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Address of the network interface [default: 127.0.0.1].
    #[arg(long, env = "TIDEWIRE_HOST", value_name = "ADDRESS")]
    host: Option<IpAddr>,
    /// TCP port; 0 takes any free port [default: 0].
    #[arg(long, env = "TIDEWIRE_PORT", allow_hyphen_values = true, value_parser = port)]
    port: Option<u16>,
    /// Path of the Engine.IO endpoint [default: /socket.io].
    #[arg(long, env = "TIDEWIRE_PATH")]
    path: Option<String>,
    /// Time between two heartbeats in ms [default: 25000].
    #[arg(long, env = "TIDEWIRE_PING_INTERVAL", value_name = "MS", allow_hyphen_values = true, value_parser = |text: &str| Bounds::PING_INTERVAL.read::<u64>(text))]
    ping_interval: Option<u64>,
    /// Time in ms in which a client must answer a heartbeat [default: 20000].
    #[arg(long, env = "TIDEWIRE_PING_TIMEOUT", value_name = "MS", allow_hyphen_values = true, value_parser = |text: &str| Bounds::PING_TIMEOUT.read::<u64>(text))]
    ping_timeout: Option<u64>,
    /// Packets in the buffer of one connection [default: 65536].
    #[arg(long, env = "TIDEWIRE_MAX_BUFFER_SIZE", value_name = "PACKETS", allow_hyphen_values = true, value_parser = |text: &str| Bounds::MAX_BUFFER_SIZE.read::<usize>(text))]
    max_buffer_size: Option<usize>,
    /// Bytes that may wait until a client reads or polls; a slower client is disconnected [default: 16777216].
    #[arg(long, env = "TIDEWIRE_MAX_BUFFER_BYTES", value_name = "BYTES", allow_hyphen_values = true, value_parser = |text: &str| Bounds::MAX_BUFFER_BYTES.read::<usize>(text))]
    max_buffer_bytes: Option<usize>,
    /// Size of the largest message in bytes [default: 10000000].
    #[arg(long, env = "TIDEWIRE_MAX_PAYLOAD", value_name = "BYTES", allow_hyphen_values = true, value_parser = |text: &str| Bounds::MAX_PAYLOAD.read::<usize>(text))]
    max_payload: Option<usize>,
    /// Rooms and channels that one socket may be in [default: 1000].
    #[arg(long, env = "TIDEWIRE_MAX_ROOMS", value_name = "ROOMS", allow_hyphen_values = true, value_parser = |text: &str| Bounds::MAX_ROOMS.read::<usize>(text))]
    max_rooms: Option<usize>,
    /// Redis that the nodes of a cluster share, such as redis://127.0.0.1:6379 [default: none, all is in memory].
    #[arg(
        long,
        env = "TIDEWIRE_REDIS",
        value_name = "URL",
        hide_env_values = true
    )]
    redis: Option<String>,
    /// Name of this node in the cookie `tidewire_node`, for sticky proxies [default: none].
    #[arg(long, env = "TIDEWIRE_NODE", value_name = "NAME")]
    node: Option<String>,
    /// Pass on what programs publish in Redis [default: true].
    #[arg(long, env = "TIDEWIRE_BRIDGE", value_name = "BOOL")]
    bridge: Option<bool>,
    /// Application of mobile-sdk and its key; turns on its contract on `/`. May be repeated.
    #[arg(long = "app", env = "TIDEWIRE_APPS", value_name = "NAME=KEY", value_delimiter = ',', value_parser = pair, hide_env_values = true)]
    #[serde(deserialize_with = "table")]
    apps: Vec<(String, String)>,
    /// Behave as the original mobile-sdk server, with its faults [default: false].
    #[arg(long, env = "TIDEWIRE_ORIGINAL", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    original: Option<bool>,
    /// URL that decides on private and presence channels, http only [default: none, they are refused].
    #[arg(long, env = "TIDEWIRE_ECHO_AUTH", value_name = "URL")]
    echo_auth: Option<String>,
    /// Application that may send to Echo channels over HTTP, and its key. May be repeated.
    #[arg(long = "echo-client", env = "TIDEWIRE_ECHO_CLIENTS", value_name = "ID=KEY", value_delimiter = ',', value_parser = pair, hide_env_values = true)]
    #[serde(deserialize_with = "table")]
    echo_clients: Vec<(String, String)>,
    /// Secret that signs the cookies of sessions; the same for all nodes [default: a new one].
    #[arg(
        long,
        env = "TIDEWIRE_SESSION_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    session_secret: Option<String>,
    /// Logs to write to standard error: a level, or levels of modules as in tracing's EnvFilter [default: warn].
    #[arg(long, env = "TIDEWIRE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// Form of the logs [default: text].
    #[arg(long, env = "TIDEWIRE_LOG_FORMAT", value_enum)]
    pub(crate) log_format: Option<LogFormat>,
}

/// How a line of the logs is written.
#[derive(ValueEnum, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

impl Options {
    /// Adds the settings of the file, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or a setting has a value that it may not have. The error says where it stands.
    pub(crate) fn with_file(self) -> io::Result<Self> {
        self.check()
            .map_err(|error| io::Error::other(format!("--{error}")))?;
        let Some(path) = self.config.clone() else {
            return Ok(self);
        };
        let wrong = |error: String| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let file: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        file.check().map_err(wrong)?;
        Ok(self.or(file))
    }

    fn check(&self) -> Result<(), String> {
        if let Some(log) = &self.log {
            filter(log)?;
        }
        for (option, pairs) in [("app", &self.apps), ("echo-client", &self.echo_clients)] {
            let mut names = BTreeSet::new();
            if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.insert(name)) {
                return Err(format!("{option} {name:?}: give each name once"));
            }
        }
        Config::try_from(self.clone())
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn or(self, file: Self) -> Self {
        let or_file = |own: Vec<_>, file| if own.is_empty() { file } else { own };
        Self {
            config: self.config,
            host: self.host.or(file.host),
            port: self.port.or(file.port),
            path: self.path.or(file.path),
            ping_interval: self.ping_interval.or(file.ping_interval),
            ping_timeout: self.ping_timeout.or(file.ping_timeout),
            max_buffer_size: self.max_buffer_size.or(file.max_buffer_size),
            max_buffer_bytes: self.max_buffer_bytes.or(file.max_buffer_bytes),
            max_payload: self.max_payload.or(file.max_payload),
            max_rooms: self.max_rooms.or(file.max_rooms),
            redis: self.redis.or(file.redis),
            node: self.node.or(file.node),
            bridge: self.bridge.or(file.bridge),
            apps: or_file(self.apps, file.apps),
            original: self.original.or(file.original),
            echo_auth: self.echo_auth.or(file.echo_auth),
            echo_clients: or_file(self.echo_clients, file.echo_clients),
            session_secret: self.session_secret.or(file.session_secret),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
        }
    }
}

impl TryFrom<Options> for Config {
    type Error = BadSetting;

    fn try_from(options: Options) -> Result<Self, BadSetting> {
        let default = Config::default();
        let ms = |value: Option<u64>, default| value.map_or(default, Duration::from_millis);
        let config = Self {
            host: options.host.unwrap_or(default.host),
            port: options.port.unwrap_or(default.port),
            path: options.path.unwrap_or(default.path),
            ping_interval: ms(options.ping_interval, default.ping_interval),
            ping_timeout: ms(options.ping_timeout, default.ping_timeout),
            max_buffer_size: options.max_buffer_size.unwrap_or(default.max_buffer_size),
            max_buffer_bytes: options.max_buffer_bytes.unwrap_or(default.max_buffer_bytes),
            max_payload: options.max_payload.unwrap_or(default.max_payload),
            limits: Limits {
                rooms: options.max_rooms.unwrap_or(default.limits.rooms),
                ..default.limits
            },
            redis: options.redis,
            node: options.node,
            bridge: options.bridge.unwrap_or(default.bridge),
            apps: options.apps.into_iter().collect(),
            original: options.original.unwrap_or(default.original),
            echo_auth: options.echo_auth,
            echo_clients: options.echo_clients.into_iter().collect(),
            session_secret: options.session_secret,
        };
        config.check()?;
        Ok(config)
    }
}

/// Reads which logs to write.
pub(crate) fn filter(log: &str) -> Result<EnvFilter, String> {
    let allowed = "use off, error, warn, info, debug or trace, or levels of modules: tidewire_testbed=debug,warn";
    match EnvFilter::try_new(log) {
        Ok(filter) if !log.is_empty() => Ok(filter),
        Ok(_) => Err(format!("log {log:?}: {allowed}")),
        Err(error) => Err(format!("log {log:?}: {allowed} ({error})")),
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| "use a whole number from 0 to 65535".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, key)) if !name.is_empty() && !key.is_empty() => {
            Ok((name.to_owned(), key.to_owned()))
        }
        _ => Err("write it as NAME=KEY".to_owned()),
    }
}

fn table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    let table = BTreeMap::<String, String>::deserialize(deserializer)?;
    Ok(table.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_wins_over_the_file() {
        let file = "port = 1\nnode = \"a\"\n[apps]\nshop = \"k\"\n";
        let own = Options {
            port: Some(2),
            ..Options::default()
        };
        let config = Config::try_from(own.or(toml::from_str(file).unwrap())).unwrap();
        assert_eq!((config.port, config.node.as_deref()), (2, Some("a")));
        assert_eq!(config.apps["shop"], "k");
    }

    #[test]
    fn without_settings_the_config_is_the_default() {
        assert_eq!(
            Config::try_from(Options::default()).unwrap(),
            Config::default()
        );
    }

    #[test]
    fn a_mistake_in_the_file_names_its_line() {
        let error = toml::from_str::<Options>("port = 1\nprot = 2\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("line 2, column 1") && text.contains("prot"),
            "{text}"
        );
        assert!(toml::from_str::<Options>("port = 70000").is_err());
        assert!(toml::from_str::<Options>("[apps]\nx = 1").is_err());
    }

    #[test]
    fn pairs_are_checked() {
        assert!(pair("a=").is_err() && pair("=k").is_err() && pair("a").is_err());
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        let twice = Options {
            apps: vec![
                ("a".to_owned(), "1".to_owned()),
                ("a".to_owned(), "2".to_owned()),
            ],
            ..Options::default()
        };
        assert_eq!(twice.check().unwrap_err(), "app \"a\": give each name once");
    }

    #[test]
    fn the_file_has_the_same_rules() {
        for (text, name) in [
            ("ping-interval = 0", "ping-interval 0"),
            ("max-buffer-size = 0", "max-buffer-size 0"),
            ("max-rooms = 1000001", "max-rooms 1000001"),
            ("session-secret = ''", "session-secret \"\""),
            ("redis = 'x'", "redis \"x\""),
            ("log = ''", "log \"\""),
            ("[apps]\nshop = ''", "apps \"shop\""),
            ("[echo-clients]\nshop = ''", "echo-clients \"shop\""),
            ("[echo-clients]\n'' = 'key'", "echo-clients \"\""),
        ] {
            let options: Options = toml::from_str(text).unwrap();
            let error = options.check().unwrap_err();
            assert!(error.starts_with(&format!("{name}: ")), "{text}: {error}");
        }
        for text in [
            "ping-interval = -1",
            "ping-interval = 1.5",
            "ping-interval = nan",
            "ping-interval = 'x'",
            "ping-interval = ''",
            "max-payload = 99999999999999999999",
            "port = -1",
            "bridge = 1",
            "path = 7",
            "apps = 'a=b'",
        ] {
            let error = toml::from_str::<Options>(text).unwrap_err().to_string();
            assert!(error.contains("line 1, column "), "{text}: {error}");
        }
    }
}
