//! Which values the settings may have.

use std::fmt;

use crate::Config;

/// A setting with a value that it may not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSetting {
    name: &'static str,
    value: String,
    allowed: String,
}

impl BadSetting {
    fn new(name: &'static str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self {
            name,
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }

    /// Returns the name of the setting, as in a file: `ping-interval`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Names the setting, its value (without passwords), and which values are allowed.
impl fmt::Display for BadSetting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            allowed,
        } = self;
        write!(out, "{name} {value}: {allowed}")
    }
}

impl std::error::Error for BadSetting {}

/// The smallest and the largest value of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    name: &'static str,
    unit: &'static str,
    least: u64,
    most: u64,
}

impl Bounds {
    /// Time between two heartbeats: at most a day.
    pub const PING_INTERVAL: Self = Self::new("ping-interval", " ms", 1, 86_400_000);
    /// Time for the answer to a heartbeat: at most a day.
    pub const PING_TIMEOUT: Self = Self::new("ping-timeout", " ms", 1, 86_400_000);
    /// Packets that may wait for one connection.
    pub const MAX_BUFFER_SIZE: Self = Self::new("max-buffer-size", " packets", 1, 1_000_000);
    /// Bytes that may wait for one WebSocket.
    pub const MAX_BUFFER_BYTES: Self = Self::new("max-buffer-bytes", " bytes", 1, 1_000_000_000);
    /// Bytes of the largest message.
    pub const MAX_PAYLOAD: Self = Self::new("max-payload", " bytes", 1, 1_000_000_000);
    /// Rooms and channels of one socket.
    pub const MAX_ROOMS: Self = Self::new("max-rooms", " rooms", 0, 1_000_000);
    const NAME: Self = Self::new("limits.name", " bytes", 1, 10_000);
    const BODY: Self = Self::new("limits.body", " bytes", 1, 1_000_000_000);
    const RUNNING: Self = Self::new("limits.running", " events", 1, 1_000_000);

    const fn new(name: &'static str, unit: &'static str, least: u64, most: u64) -> Self {
        Self {
            name,
            unit,
            least,
            most,
        }
    }

    /// Checks a value.
    ///
    /// # Errors
    /// It is too small or too large.
    pub fn check(&self, value: u128) -> Result<(), BadSetting> {
        if (self.least.into()..=self.most.into()).contains(&value) {
            return Ok(());
        }
        Err(BadSetting::new(self.name, value, self.allowed()))
    }

    /// Reads a value.
    ///
    /// # Errors
    /// The text is not a whole number, or it is too small or too large. The error says which values are allowed.
    pub fn read<T: TryFrom<u64>>(&self, text: &str) -> Result<T, String> {
        let value: u64 = text.parse().map_err(|_| self.allowed())?;
        self.check(value.into()).map_err(|_| self.allowed())?;
        T::try_from(value).map_err(|_| self.allowed())
    }

    fn allowed(&self) -> String {
        let Self {
            unit, least, most, ..
        } = self;
        format!("use a whole number from {least} to {most}{unit}")
    }
}

/// Bytes in the names of nodes, applications and paths.
const LONGEST_NAME: usize = 200;

/// The first parts of the paths of other routes.
const TAKEN: [&str; 5] = ["health", "metrics", "session", "apps", "api"];

impl Config {
    /// Checks all settings.
    ///
    /// # Errors
    /// A setting has a value that it may not have.
    pub fn check(&self) -> Result<(), BadSetting> {
        let number = |value: usize| value as u128;
        let limits = &self.limits;
        Bounds::PING_INTERVAL.check(self.ping_interval.as_millis())?;
        Bounds::PING_TIMEOUT.check(self.ping_timeout.as_millis())?;
        Bounds::MAX_BUFFER_SIZE.check(number(self.max_buffer_size))?;
        Bounds::MAX_BUFFER_BYTES.check(number(self.max_buffer_bytes))?;
        Bounds::MAX_PAYLOAD.check(number(self.max_payload))?;
        Bounds::MAX_ROOMS.check(number(limits.rooms))?;
        Bounds::NAME.check(number(limits.name))?;
        Bounds::BODY.check(number(limits.body))?;
        Bounds::RUNNING.check(number(limits.running))?;
        check_path(&self.path)?;
        self.redis.as_deref().map_or(Ok(()), check_redis)?;
        self.node.as_deref().map_or(Ok(()), check_node)?;
        self.echo_auth.as_deref().map_or(Ok(()), check_endpoint)?;
        check_keys("apps", &self.apps)?;
        check_keys("echo-clients", &self.echo_clients)?;
        if self.session_secret.as_deref() == Some("") {
            let allowed = "use at least one character";
            return Err(BadSetting::new("session-secret", "\"\"", allowed));
        }
        Ok(())
    }
}

fn check_path(path: &str) -> Result<(), BadSetting> {
    let mut parts = path.split('/');
    let is_absolute = parts.next() == Some("");
    let first = parts.clone().next().unwrap_or_default();
    let is_free = !first.is_empty() && !TAKEN.contains(&first);
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(is_plain);
    if is_absolute && is_free && path.len() <= LONGEST_NAME && parts.all(is_plain) {
        return Ok(());
    }
    let allowed = format!(
        "begin with `/`, use letters, digits, `-`, `_` and `.` between slashes, none at the end, at most {LONGEST_NAME} bytes; \
         /{} have other routes",
        TAKEN.join(", /")
    );
    Err(BadSetting::new("path", format!("{path:?}"), allowed))
}

/// The name is the value of a cookie.
fn check_node(name: &str) -> Result<(), BadSetting> {
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain) {
        return Ok(());
    }
    let allowed =
        format!("use 1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`, such as node-1");
    Err(BadSetting::new("node", format!("{name:?}"), allowed))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

fn check_redis(url: &str) -> Result<(), BadSetting> {
    let is_known = ["redis://", "redis+unix://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    let error = match redis::Client::open(url) {
        Ok(_) if is_known => return Ok(()),
        Ok(_) => String::new(),
        Err(error) => format!(" ({error})"),
    };
    let allowed = format!(
        "use redis://HOST:PORT or redis://USER:PASSWORD@HOST:PORT/DATABASE, such as redis://127.0.0.1:6379{error}"
    );
    Err(BadSetting::new("redis", without_password(url), allowed))
}

fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("\"…@{host}\""),
        None => format!("{url:?}"),
    }
}

fn check_endpoint(url: &str) -> Result<(), BadSetting> {
    let error = match url::Url::parse(url) {
        Ok(parsed) if parsed.scheme() == "http" && parsed.has_host() => return Ok(()),
        Ok(_) => String::new(),
        Err(error) => format!(" ({error})"),
    };
    let allowed =
        format!("use a URL of http, such as http://127.0.0.1:8000/broadcasting/auth{error}");
    Err(BadSetting::new("echo-auth", without_password(url), allowed))
}

/// With an empty key, a request without a key would be authorized.
fn check_keys(
    name: &'static str,
    keys: &std::collections::BTreeMap<String, String>,
) -> Result<(), BadSetting> {
    for (application, key) in keys {
        let is_name = !application.is_empty()
            && application.len() <= LONGEST_NAME
            && !application.chars().any(char::is_control);
        if !is_name || key.is_empty() {
            let allowed = format!(
                "use a name of 1 to {LONGEST_NAME} bytes without control characters, and a key that is not empty"
            );
            return Err(BadSetting::new(name, format!("{application:?}"), allowed));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn error(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_allowed() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn numbers_have_bounds() {
        let range = "use a whole number from 1 to 86400000 ms";
        let interval = |ms| {
            error(|config| {
                config.ping_interval = Duration::from_millis(ms);
            })
        };
        assert_eq!(interval(0), format!("ping-interval 0: {range}"));
        assert_eq!(
            interval(86_400_001),
            format!("ping-interval 86400001: {range}")
        );
        assert!(error(|config| config.ping_timeout = Duration::MAX).starts_with("ping-timeout "));
        for value in [0, usize::MAX] {
            assert!(error(|config| config.max_buffer_size = value).starts_with("max-buffer-size "));
            let text = error(|config| config.max_buffer_bytes = value);
            assert!(text.starts_with("max-buffer-bytes "));
            assert!(error(|config| config.max_payload = value).starts_with("max-payload "));
            assert!(error(|config| config.limits.name = value).starts_with("limits.name "));
            assert!(error(|config| config.limits.body = value).starts_with("limits.body "));
            assert!(error(|config| config.limits.running = value).starts_with("limits.running "));
        }
        assert!(error(|config| config.limits.rooms = usize::MAX).starts_with("max-rooms "));
        assert_eq!(Bounds::PING_TIMEOUT.read("1"), Ok(1_u64));
        for text in [
            "",
            "0",
            "-1",
            "1.5",
            "NaN",
            "inf",
            "x",
            "99999999999999999999",
        ] {
            assert_eq!(
                Bounds::PING_TIMEOUT.read::<u64>(text),
                Err(range.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn texts_are_checked() {
        let long = "x".repeat(201);
        for path in [
            "", "/", "io", "/io/", "//io", "/a b", "/a?b", "/{a}", "/é", "/health", "/apps/io",
        ] {
            assert!(
                error(|config| config.path = path.to_owned()).starts_with("path "),
                "{path}"
            );
        }
        assert!(error(|config| config.path = format!("/{long}")).starts_with("path "));
        for node in ["", "a b", "a;b", "ä", "a\r\nb", &long] {
            assert!(
                error(|config| config.node = Some(node.to_owned())).starts_with("node "),
                "{node}"
            );
        }
        for url in ["", "auth", "https://example.com/auth", "http://", "ws://x"] {
            let text = error(|config| config.echo_auth = Some(url.to_owned()));
            assert!(text.starts_with("echo-auth "), "{text}");
        }
        let text = error(|config| config.session_secret = Some(String::new()));
        assert_eq!(text, "session-secret \"\": use at least one character");
    }

    #[test]
    fn the_address_of_a_redis_is_checked_and_its_password_is_not_told() {
        for url in [
            "",
            "127.0.0.1:6379",
            "mysql://x",
            "redis://",
            "rediss://x",
            "redis://x:99999",
        ] {
            let text = error(|config| config.redis = Some(url.to_owned()));
            assert!(
                text.starts_with(&format!("redis {url:?}: use redis://HOST:PORT")),
                "{text}"
            );
        }
        let text = error(|config| config.redis = Some("mysql://u:secret@x".to_owned()));
        assert!(
            text.starts_with("redis \"…@x\": ") && !text.contains("secret"),
            "{text}"
        );
        for url in ["redis://127.0.0.1", "redis://u:p@[::1]:6379/3"] {
            let config = Config {
                redis: Some(url.to_owned()),
                ..Config::default()
            };
            assert_eq!(config.check(), Ok(()), "{url}");
        }
    }

    #[test]
    fn an_empty_key_is_refused() {
        let pair = |name: &str, key: &str| [(name.to_owned(), key.to_owned())].into();
        for (name, key) in [("shop", ""), ("", "key"), ("a\nb", "key")] {
            let text = error(|config| config.echo_clients = pair(name, key));
            assert!(
                text.starts_with(&format!("echo-clients {name:?}: ")),
                "{text}"
            );
            let text = error(|config| config.apps = pair(name, key));
            assert!(text.starts_with(&format!("apps {name:?}: ")), "{text}");
        }
    }
}
