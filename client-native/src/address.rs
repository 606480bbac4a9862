//! The server's address, from the URL and the settings.

mod url;

use percent_encoding::percent_decode_str;
use tidewire_core::Target;

use self::url::NotAUrl;
use crate::error::BuildError;

/// A browser has no headers of its own.
const INSTEAD_OF_USERINFO: &str = if cfg!(target_family = "wasm") {
    "Builder::auth or Builder::query"
} else {
    "Builder::header(\"Authorization\", ..)"
};

/// A server's address, and the requests that reach it.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) secure: bool,
    /// The path of all requests; `/socket.io/` by default.
    path: String,
    /// The query of the user, encoded.
    query: String,
}

/// The parts of a URL: `http://host:port/namespace?query`.
pub(crate) struct Parsed {
    pub(crate) address: Address,
    /// The path of the URL.
    pub(crate) namespace: String,
    /// The URL's query, encoded; it goes with every request, and with the namespace on 2.x servers.
    pub(crate) query: Option<String>,
}

impl Parsed {
    pub(crate) fn new(text: &str) -> Result<Parsed, BuildError> {
        let missing_scheme = || {
            let host = text.trim_start_matches('/');
            if host.is_empty() || text.starts_with('/') && !text.starts_with("//") {
                return BuildError::Url(format!(
                    "`{text}` has no host: give the whole URL, as http://host:port/namespace"
                ));
            }
            BuildError::Url(format!(
                "`{text}` has no scheme: did you mean `http://{host}`?"
            ))
        };
        // Error texts below have the URL, which must not have a password then.
        if has_userinfo(text) {
            return Err(BuildError::Url(format!(
                "user name and password in the URL are not supported: use {INSTEAD_OF_USERINFO}"
            )));
        }
        let url = url::parse(text).map_err(|error| match error {
            NotAUrl::NoScheme => missing_scheme(),
            NotAUrl::Invalid(why) => BuildError::Url(format!("`{text}`: {why}")),
        })?;
        let secure = match &*url.scheme {
            "http" | "ws" => false,
            "https" | "wss" => true,
            // `localhost:3000` parses as the scheme `localhost`.
            _ if !text.contains("://") => return Err(missing_scheme()),
            other => {
                return Err(BuildError::Url(format!(
                    "the scheme of `{text}` is `{other}`: use http, https, ws or wss"
                )));
            }
        };
        let host = url
            .host
            .ok_or_else(|| BuildError::Url(format!("`{text}` has no host")))?;
        let address = Address {
            host,
            port: url.port.unwrap_or(if secure { 443 } else { 80 }),
            secure,
            path: "/socket.io/".to_owned(),
            query: url.query.clone(),
        };
        Ok(Parsed {
            address,
            // The server compares names as they are, so `%20` in the URL is a space in the name.
            namespace: percent_decode_str(&url.path)
                .decode_utf8_lossy()
                .into_owned(),
            query: Some(url.query).filter(|query| !query.is_empty()),
        })
    }
}

/// Whether the authority of a URL has a user name.
fn has_userinfo(text: &str) -> bool {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next();
    authority.is_some_and(|authority| authority.contains('@'))
}

impl Address {
    /// Sets the path of all requests, percent-encoded. Adds a missing `/` in front and behind.
    pub(crate) fn set_path(&mut self, path: &str) {
        let path = format!("/{}/", path.trim_matches('/')).replace("//", "/");
        self.path = url::encoded_path(&path).unwrap_or(path);
    }

    /// Rejects a URL whose path cannot be a namespace, or is the endpoint, which names a namespace that no server has.
    pub(crate) fn check_namespace(&self, namespace: &str) -> Result<(), BuildError> {
        if let Some(sign) = namespace.chars().find(|sign| ",?".contains(*sign)) {
            return Err(BuildError::Url(format!(
                "the namespace `{namespace}` has a `{sign}`, which the protocol uses for something else"
            )));
        }
        let endpoint = self.path.trim_end_matches('/');
        if namespace.trim_end_matches('/') != endpoint || endpoint.is_empty() {
            return Ok(());
        }
        Err(BuildError::Url(format!(
            "the path `{namespace}` would be the namespace, but it is that of the endpoint: remove it, or see Builder::path"
        )))
    }

    /// The path of all requests, with a `/` at its end.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The URL of the endpoint, without query, for error texts.
    pub(crate) fn endpoint(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }

    /// Adds a parameter to the query of all requests.
    pub(crate) fn add_query(&mut self, key: &str, value: &str) {
        let before = std::mem::take(&mut self.query);
        self.query = form_urlencoded::Serializer::new(before)
            .append_pair(key, value)
            .finish();
    }

    /// The URL of a request for `target`. `scheme` is `http` or `ws`; with TLS it becomes `https` or `wss`.
    pub(crate) fn url(&self, scheme: &str, target: &Target) -> String {
        let secure = if self.secure { "s" } else { "" };
        format!(
            "{scheme}{secure}://{}{}",
            self.authority(),
            self.request_path(target)
        )
    }

    /// The URL of a WebTransport for `target`, which needs TLS, and so the port 443 in the place of 80.
    #[cfg(feature = "webtransport")]
    pub(crate) fn quic_url(&self, target: &Target) -> String {
        format!("https://{}{}", self.authority(), self.request_path(target))
    }

    /// The UDP port of a WebTransport.
    #[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
    pub(crate) fn quic_port(&self) -> u16 {
        match (self.secure, self.port) {
            (false, 80) => 443,
            (_, port) => port,
        }
    }

    /// The path and query of a request for `target`.
    pub(crate) fn request_path(&self, target: &Target) -> String {
        let mut text = format!("{}?", self.path);
        if !self.query.is_empty() {
            text.push_str(&self.query);
            text.push('&');
        }
        target.write_query(&mut text);
        text
    }

    /// The `Host` header. It has the port, unless that is the default of the scheme.
    pub(crate) fn authority(&self) -> String {
        match (self.secure, self.port) {
            (false, 80) | (true, 443) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use tidewire_core::{EngineVersion, Transport};

    use super::*;

    fn target() -> Target {
        Target {
            transport: Transport::WebSocket,
            engine_version: EngineVersion::Eio4,
            body_version: None,
            sid: None,
        }
    }

    fn error(text: &str) -> String {
        match Parsed::new(text) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{text} is accepted"),
        }
    }

    #[test]
    fn common_slips_in_a_url_get_advice() {
        for text in ["localhost:3000", "127.0.0.1:3000", "example.org/chat"] {
            assert_eq!(
                error(text),
                format!("invalid URL: `{text}` has no scheme: did you mean `http://{text}`?")
            );
        }
        assert_eq!(
            error("ftp://example.org"),
            "invalid URL: the scheme of `ftp://example.org` is `ftp`: use http, https, ws or wss"
        );
        assert_eq!(
            error("//localhost"),
            "invalid URL: `//localhost` has no scheme: did you mean `http://localhost`?"
        );
        let text = error("http://me:secret@localhost/");
        assert!(
            text.contains("Authorization") && !text.contains("secret"),
            "{text}"
        );
        for path in ["/a%3Fb", "/a,b"] {
            let parsed = Parsed::new(&format!("http://localhost{path}")).unwrap();
            parsed
                .address
                .check_namespace(&parsed.namespace)
                .unwrap_err();
        }
        let parsed = Parsed::new("http://localhost:3000/socket.io/").unwrap();
        let error = parsed.address.check_namespace(&parsed.namespace);
        assert_eq!(
            error.unwrap_err().to_string(),
            "invalid URL: the path `/socket.io/` would be the namespace, but it is that of the endpoint: remove it, or see Builder::path"
        );
        for path in ["/", "/chat", "/socket.io/chat"] {
            let parsed = Parsed::new(&format!("http://localhost{path}")).unwrap();
            assert_eq!(parsed.address.check_namespace(&parsed.namespace), Ok(()));
        }
    }

    #[test]
    fn a_path_is_encoded() {
        let mut address = Parsed::new("http://localhost").unwrap().address;
        for (path, encoded) in [("a b", "/a%20b/"), ("a#b?c", "/a%23b%3Fc/"), ("/x", "/x/")] {
            address.set_path(path);
            assert_eq!(address.path, encoded);
        }
    }

    // socket.io-client sends a path as the user writes it. A `Url` in Rust has no such form: its path is always encoded.
    #[test]
    fn a_namespace_is_sent_decoded_however_the_url_writes_it() {
        for (path, namespace) in [
            ("聊天", "/聊天"),
            ("%E8%81%8A%E5%A4%A9", "/聊天"),
            ("caf%C3%A9%20bar", "/café bar"),
            ("a b/ü", "/a b/ü"),
            ("100%", "/100%"),
        ] {
            let parsed = Parsed::new(&format!("http://localhost/{path}")).unwrap();
            assert_eq!(parsed.namespace, namespace);
        }
    }

    #[test]
    fn a_url_is_address_namespace_and_query() {
        let mut parsed = Parsed::new("https://example.org/chat/room?a=1%202").unwrap();
        assert_eq!(parsed.namespace, "/chat/room");
        assert_eq!(parsed.query.as_deref(), Some("a=1%202"));
        assert_eq!((parsed.address.port, parsed.address.secure), (443, true));
        assert_eq!(parsed.address.authority(), "example.org");
        parsed.address.add_query("token", "ä&b");
        parsed.address.set_path("my/path");
        assert_eq!(
            parsed.address.request_path(&target()),
            "/my/path/?a=1%202&token=%C3%A4%26b&EIO=4&transport=websocket"
        );
    }

    // As socket.io-client, which always writes `https` and leaves out the default port of the scheme that it was given.
    #[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
    #[test]
    fn a_webtransport_goes_to_the_port_of_the_url_or_to_that_of_https() {
        for (text, authority, port) in [
            ("https://a.example", "a.example", 443),
            ("http://a.example", "a.example", 443),
            ("https://a.example:80", "a.example:80", 80),
            ("http://a.example:443", "a.example:443", 443),
            ("http://[::1]:3000", "[::1]:3000", 3000),
        ] {
            let address = Parsed::new(text).unwrap().address;
            let target = Target {
                transport: Transport::WebTransport,
                ..target()
            };
            let query = "EIO=4&transport=webtransport";
            let url = format!("https://{authority}/socket.io/?{query}");
            assert_eq!(address.quic_url(&target), url);
            assert_eq!(address.quic_port(), port, "{text}");
        }
    }

    #[test]
    fn the_query_may_be_empty_and_the_port_named() {
        let mut parsed = Parsed::new("ws://[::1]:3000").unwrap();
        assert_eq!(parsed.namespace, "/");
        assert_eq!(parsed.address.authority(), "[::1]:3000");
        assert_eq!(
            parsed.address.request_path(&target()),
            "/socket.io/?EIO=4&transport=websocket"
        );
        parsed.address.add_query("k", "v");
        assert_eq!(
            parsed.address.request_path(&target()),
            "/socket.io/?k=v&EIO=4&transport=websocket"
        );
    }

    #[test]
    fn a_url_that_is_not_that_of_a_server_is_refused() {
        for text in ["localhost:3000", "ftp://x", "", "http://", "/chat"] {
            assert!(Parsed::new(text).is_err(), "{text}");
        }
    }
}
