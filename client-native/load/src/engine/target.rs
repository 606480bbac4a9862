//! The server under load, and the options of the clients.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tidewire::{Builder, Client, EngineVersion, Transport};
use url::Url;

use super::tls;
use crate::source::LONGEST;

/// The server under load, and the options of every user's client.
#[derive(Clone, Debug)]
pub struct Target {
    url: Url,
    namespace: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    transports: Option<Vec<Transport>>,
    certificate_hashes: Vec<[u8; 32]>,
    upgrade: bool,
    engine_version: Option<EngineVersion>,
    pub(crate) connect_timeout: Duration,
    pub(crate) ack_timeout: Duration,
    reconnects: bool,
    auth: Option<serde_json::Value>,
    auth_in_query: bool,
    proxy: Option<String>,
    addresses: Vec<IpAddr>,
    tls: Arc<ClientConfig>,
}

impl Target {
    /// The server at a URL: `http://host:port/namespace`, or `https`, `ws`, `wss`.
    ///
    /// # Errors
    /// If the text is not such a URL.
    pub fn new(url: &str) -> Result<Target, String> {
        let mut parsed = Url::parse(url)
            .map_err(|error| format!("`{url}` is not a URL ({error}): write http://host:port"))?;
        if !["http", "https", "ws", "wss"].contains(&parsed.scheme()) {
            let scheme = parsed.scheme();
            return Err(format!(
                "`{url}` has the scheme `{scheme}`: write http://, https://, ws:// or wss://"
            ));
        }
        if parsed.host().is_none() {
            return Err(format!("`{url}` names no host: write http://host:port"));
        }
        let namespace = parsed.path().to_owned();
        let query = parsed
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        parsed.set_path("/");
        parsed.set_query(None);
        parsed.set_fragment(None);
        Ok(Target {
            url: parsed,
            namespace,
            path: "/socket.io".into(),
            query,
            headers: Vec::new(),
            transports: None,
            certificate_hashes: Vec::new(),
            upgrade: true,
            engine_version: None,
            connect_timeout: Duration::from_secs(10),
            ack_timeout: Duration::from_secs(10),
            reconnects: true,
            auth: None,
            auth_in_query: false,
            proxy: None,
            addresses: Vec::new(),
            tls: tls::config(None, false)?,
        })
    }

    /// The namespace of the URL: `/` if it has none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The server's URL, without namespace and query.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Sets the path of the Engine.IO endpoint. Default: `/socket.io`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Target {
        self.path = path.into();
        self
    }

    /// Adds a parameter to the query of the endpoint.
    #[must_use]
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Target {
        self.query.push((key.into(), value.into()));
        self
    }

    /// Adds a header to every request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Target {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the transports. Default: WebSocket. WebTransport needs the cargo feature `webtransport`; without it each user fails with an
    /// error that says so.
    #[must_use]
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Target {
        self.transports = Some(transports.into_iter().collect());
        self
    }

    /// Sets whether a session over polling is upgraded to a WebSocket. Default: yes, if both are transports.
    #[must_use]
    pub fn upgrade(mut self, upgrade: bool) -> Target {
        self.upgrade = upgrade;
        self
    }

    /// Sets the Engine.IO version. Default: each client detects it.
    #[must_use]
    pub fn engine_version(mut self, version: EngineVersion) -> Target {
        self.engine_version = Some(version);
        self
    }

    /// Sets how long a connect may take, at most 3,650 days. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Target {
        self.connect_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets how long to await an ack, an event or an HTTP response, unless the action says otherwise, at most 3,650 days.
    /// Default: 10 s.
    #[must_use]
    pub fn ack_timeout(mut self, timeout: Duration) -> Target {
        self.ack_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets whether clients reconnect after a loss. Losses and reconnects are counted. Default: yes.
    #[must_use]
    pub fn reconnects(mut self, reconnects: bool) -> Target {
        self.reconnects = reconnects;
        self
    }

    /// Sets the auth payload, a JSON object. Default: none.
    #[must_use]
    pub fn auth(mut self, auth: serde_json::Value) -> Target {
        self.auth = Some(auth);
        self
    }

    /// Sends the auth payload to 2.x servers in the query of the namespace. Default: no.
    #[must_use]
    pub fn auth_in_query(mut self, on: bool) -> Target {
        self.auth_in_query = on;
        self
    }

    /// Sets a proxy, `http://` or `socks5://`. Default: none.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Target {
        self.proxy = Some(url.into());
        self
    }

    /// Sets the local addresses that users connect from in turn. Default: the system's choice.
    #[must_use]
    pub fn bind(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Target {
        self.addresses = addresses.into_iter().collect();
        self
    }

    /// Trusts the certificates of a PEM text too, or every certificate if `any` is true, for a test server that signed its own.
    ///
    /// # Errors
    /// If the text has no valid certificate.
    pub fn certificates(mut self, pem: Option<&[u8]>, any: bool) -> Result<Target, String> {
        self.tls = tls::config(pem, any)?;
        Ok(self)
    }

    /// Trusts the certificates with these SHA-256 hashes over WebTransport, in place of all others. Default: none.
    ///
    /// Such a certificate is valid for 14 days at most, and has a key of the curve P-256, as browsers demand it.
    #[must_use]
    pub fn server_certificate_hashes(
        mut self,
        hashes: impl IntoIterator<Item = [u8; 32]>,
    ) -> Target {
        self.certificate_hashes.extend(hashes);
        self
    }

    /// Whether users reach the server by HTTP or a WebSocket, and not over WebTransport alone.
    pub(crate) fn uses_tcp(&self) -> bool {
        self.transports
            .as_ref()
            .is_none_or(|all| all.iter().any(|it| *it != Transport::WebTransport))
    }

    pub(crate) fn proxy_url(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    pub(crate) fn is_secure(&self) -> bool {
        matches!(self.url.scheme(), "https" | "wss")
    }

    pub(crate) fn tls(&self) -> &Arc<ClientConfig> {
        &self.tls
    }

    /// The path of the endpoint with its query, as a request names it.
    pub(crate) fn endpoint(&self) -> String {
        let path = self.path.trim_matches('/');
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("EIO", "4")
            .append_pair("transport", "polling");
        query.extend_pairs(&self.query);
        format!("/{path}/?{}", query.finish())
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The local address of a user.
    pub(crate) fn address(&self, user: u64) -> Option<IpAddr> {
        let count = self.addresses.len() as u64;
        let index = usize::try_from(user.checked_rem(count)?).ok()?;
        self.addresses.get(index).copied()
    }

    /// How many local addresses users connect from.
    pub(crate) fn address_count(&self) -> usize {
        self.addresses.len().max(1)
    }

    /// The builder of a user's client.
    pub(crate) fn builder(&self, namespace: &str, user: u64) -> Builder {
        let mut url = self.url.clone();
        url.set_path(namespace);
        let mut builder = Client::builder(url)
            .path(self.path.clone())
            .upgrade(self.upgrade)
            .connect_timeout(self.connect_timeout)
            .request_timeout(self.connect_timeout.max(Duration::from_secs(60)))
            .ack_timeout(Some(self.ack_timeout))
            .reconnection(self.reconnects)
            .auth_in_query(self.auth_in_query)
            // An event for a lost connection must not arrive later, as a second storm.
            .offline_events(0)
            .rustls_config(self.tls.clone());
        for (key, value) in &self.query {
            builder = builder.query(key, value);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        if let Some(transports) = &self.transports {
            builder = builder.transports(transports.iter().copied());
        }
        #[cfg(feature = "webtransport")]
        {
            let hashes = self.certificate_hashes.iter().copied();
            builder = builder.server_certificate_hashes(hashes);
        }
        if let Some(version) = self.engine_version {
            builder = builder.engine_version(version);
        }
        if let Some(auth) = &self.auth {
            builder = builder.auth(auth);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy);
        }
        if let Some(address) = self.address(user) {
            builder = builder.local_address(address);
        }
        builder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_namespace_and_a_query() {
        let target = Target::new("https://a.example:444/chat?token=x").unwrap();
        assert_eq!(target.url().as_str(), "https://a.example:444/");
        assert_eq!(target.namespace(), "/chat");
        assert_eq!(
            target.endpoint(),
            "/socket.io/?EIO=4&transport=polling&token=x"
        );
        assert!(target.is_secure());
        assert_eq!(Target::new("ws://a").unwrap().namespace(), "/");
    }

    #[test]
    fn other_urls_are_errors_that_say_what_to_write() {
        for (url, text) in [
            ("localhost:3000", "write http://"),
            ("a", "is not a URL"),
            ("ftp://a", "has the scheme `ftp`"),
            ("", "is not a URL"),
        ] {
            let error = Target::new(url).unwrap_err();
            assert!(error.contains(text), "{url}: {error}");
        }
    }

    #[test]
    fn users_take_local_addresses_in_turn() {
        let target = Target::new("http://a").unwrap();
        assert_eq!(target.address(5), None);
        let addresses = ["127.0.0.2".parse().unwrap(), "127.0.0.3".parse().unwrap()];
        let target = target.bind(addresses);
        assert_eq!(target.address(4), Some(addresses[0]));
        assert_eq!(target.address(5), Some(addresses[1]));
    }
}
