//! The parts of a URL, by the crate `url` natively and by the browser on wasm, where that crate would be half of the client.

/// The parts of an absolute URL, encoded.
pub(super) struct Parts {
    pub(super) scheme: String,
    pub(super) host: Option<String>,
    /// `None` for the default of the scheme.
    pub(super) port: Option<u16>,
    pub(super) path: String,
    pub(super) query: String,
}

/// Why a text is not an absolute URL.
pub(super) enum NotAUrl {
    NoScheme,
    Invalid(String),
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn parse(text: &str) -> Result<Parts, NotAUrl> {
    let url = url::Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => NotAUrl::NoScheme,
        error => NotAUrl::Invalid(error.to_string()),
    })?;
    Ok(Parts {
        scheme: url.scheme().to_owned(),
        host: url.host_str().map(str::to_owned),
        port: url.port(),
        path: url.path().to_owned(),
        query: url.query().unwrap_or_default().to_owned(),
    })
}

#[cfg(target_family = "wasm")]
pub(super) fn parse(text: &str) -> Result<Parts, NotAUrl> {
    let Some(url) = tidewire_web::parse(text) else {
        return Err(match text.contains("://") {
            true => NotAUrl::Invalid("the browser rejects it".to_owned()),
            false => NotAUrl::NoScheme,
        });
    };
    Ok(Parts {
        scheme: url.scheme,
        host: Some(url.host).filter(|host| !host.is_empty()),
        port: url.port,
        path: url.path,
        query: url.query,
    })
}

/// Encodes a path as it stands in a URL.
#[cfg(not(target_family = "wasm"))]
pub(super) fn encoded_path(path: &str) -> Option<String> {
    let mut url = url::Url::parse("http://host").ok()?;
    url.set_path(path);
    Some(url.path().to_owned())
}
#[cfg(target_family = "wasm")]
pub(super) use tidewire_web::encoded_path;
