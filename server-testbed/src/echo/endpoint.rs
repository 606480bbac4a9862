//! The endpoint of the application that decides on channels.

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use url::form_urlencoded;

#[derive(Debug)]
pub(crate) struct Endpoint {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Endpoint {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Asks about a channel. Returns `None` if there is no answer, or one of more than `limit` bytes.
    pub(super) async fn ask(
        &self,
        channel: &str,
        headers: HeaderMap,
        limit: usize,
    ) -> Option<(StatusCode, Value)> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("channel_name", channel)
            .finish();
        let mut request = Request::post(&self.url)
            .body(Full::new(Bytes::from(form)))
            .ok()?;
        *request.headers_mut() = headers;
        let answer = self.client.request(request).await;
        let answer = answer
            .inspect_err(|error| tracing::warn!(%error, "the application does not answer"))
            .ok()?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), limit)
            .collect()
            .await
            .ok()?;
        // A private channel needs no body.
        let value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        Some((status, value))
    }
}
