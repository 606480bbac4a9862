//! HTTP requests of a user.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::engine::{Target, User};

/// Bytes of a response that are read.
const MOST_BYTES: usize = 16 << 20;

/// The HTTP client of one user, with cookies of its own. It is made at the first request.
#[derive(Debug, Default)]
pub(crate) struct HttpClient(Mutex<Option<reqwest::Client>>);

/// A request, ready to send.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Body>,
    pub(crate) timeout: Duration,
}

/// The body of a request, and its type.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) content: String,
    pub(crate) kind: &'static str,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| &value[..])
    }

    /// The body as JSON; a text if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()))
    }

    /// The response as a variable: `status`, `headers`, `body`.
    pub(crate) fn variable(&self) -> Value {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), Value::String(value.clone())));
        serde_json::json!({
            "status": self.status,
            "headers": Value::Object(headers.collect()),
            "body": self.json(),
        })
    }
}

impl HttpClient {
    /// Sends a request and reads its response.
    pub(crate) async fn send(&self, user: &User, request: Request) -> Result<Response, String> {
        let client = self.client(user)?;
        let method = reqwest::Method::from_bytes(request.method.to_uppercase().as_bytes())
            .map_err(|_| format!("`{}` is not an HTTP method", request.method))?;
        let url = absolute(user.target(), &request.url, &request.query)?;
        let mut builder = client.request(method, url).timeout(request.timeout);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            let has_type = request
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            if !has_type {
                builder = builder.header("content-type", body.kind);
            }
            builder = builder.body(body.content);
        }
        let response = builder.send().await.map_err(|error| text(&error))?;
        read(response).await
    }

    fn client(&self, user: &User) -> Result<reqwest::Client, String> {
        let mut client = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let target = user.target();
        let mut builder = reqwest::Client::builder()
            .cookie_store(true)
            .connect_timeout(target.connect_timeout)
            .tls_backend_preconfigured((**target.tls()).clone())
            // The sockets of the user do not take one from the environment either.
            .no_proxy();
        if let Some(url) = target.proxy_url() {
            builder = builder.proxy(reqwest::Proxy::all(url).map_err(|error| text(&error))?);
        }
        if let Some(address) = target.address(user.number()) {
            builder = builder.local_address(address);
        }
        let built = builder.build().map_err(|error| text(&error))?;
        *client = Some(built.clone());
        Ok(built)
    }
}

/// Resolves a URL against that of the target.
fn absolute(target: &Target, url: &str, query: &[(String, String)]) -> Result<url::Url, String> {
    let mut base = target.url().clone();
    let scheme = if target.is_secure() { "https" } else { "http" };
    // The schemes of WebSockets are as special as those of HTTP, so this cannot fail.
    let _ = base.set_scheme(scheme);
    let mut url = base
        .join(url)
        .map_err(|error| format!("`{url}` is not a URL: {error}"))?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

async fn read(mut response: reqwest::Response) -> Result<Response, String> {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| text(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err("the response has more than 16 MiB".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The text of an error without the URL, which may have a token.
fn text(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no response in time".into();
    }
    let mut source = std::error::Error::source(error);
    let mut last = None;
    while let Some(error) = source {
        last = Some(error.to_string());
        source = error.source();
    }
    last.unwrap_or_else(|| "the request failed".into())
}
