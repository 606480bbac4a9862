//! Addresses, by the browser's own parser: one in Rust would be larger than all the rest.

use web_sys::Url;

/// The parts of an absolute URL, encoded.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Without `:`.
    pub scheme: String,
    /// The host; an IPv6 address has brackets.
    pub host: String,
    /// `None` for the default of the scheme.
    pub port: Option<u16>,
    /// With its leading `/`.
    pub path: String,
    /// Without `?`.
    pub query: String,
}

/// Parses a URL; `None` if it is not one, or not an absolute one.
pub fn parse(text: &str) -> Option<Parts> {
    let url = Url::new(text).ok()?;
    Some(Parts {
        scheme: url.protocol().trim_end_matches(':').to_owned(),
        host: url.hostname(),
        port: url.port().parse().ok(),
        path: url.pathname(),
        query: url.search().trim_start_matches('?').to_owned(),
    })
}

/// Encodes a path as it stands in a URL.
pub fn encoded_path(path: &str) -> Option<String> {
    let url = Url::new("http://host").ok()?;
    url.set_pathname(path);
    Some(url.pathname())
}
