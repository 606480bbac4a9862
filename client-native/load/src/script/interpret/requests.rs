//! Steps with HTTP requests.

use super::actor::Actor;
use crate::engine::Failure;
use crate::script::http::{Body, Request};
use crate::script::model::{Http, HttpBody};
use crate::stats::{Counter, Kind, Stage};

impl Actor {
    pub(super) async fn request(&self, http: &Http) -> Result<(), Failure> {
        let request = self.prepare_request(http)?;
        let label = format!("{} {}", request.method, path_of(&request.url));
        let start = self.user.begin();
        let response = self
            .http
            .send(&self.user, request)
            .await
            .map_err(|text| self.fail(Stage::Http, format!("{label}: {text}")))?;
        self.user.finish(Kind::Http, &label, start);
        self.user.recorder().count(Counter::HttpResponses, 1);
        if http.fails_on_status && response.status >= 400 {
            let text = format!("{label}: HTTP status {}", response.status);
            return Err(self.fail(Stage::Http, text));
        }
        let values = response.variable();
        self.expect(&http.expectation, "response", &values, Some(&response))
    }

    pub(super) fn prepare_request(&self, http: &Http) -> Result<Request, Failure> {
        let body = match &http.body {
            None => None,
            Some(HttpBody::Json(argument)) => Some(Body {
                content: self.json(argument)?.to_string(),
                kind: "application/json",
            }),
            Some(HttpBody::Text(text)) => Some(Body {
                content: self.text(text)?.to_string(),
                kind: "text/plain;charset=UTF-8",
            }),
            Some(HttpBody::Form(pairs)) => Some(Body {
                content: url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(self.pairs(pairs)?)
                    .finish(),
                kind: "application/x-www-form-urlencoded",
            }),
        };
        Ok(Request {
            method: http.method.clone(),
            url: self.text(&http.url)?.to_string(),
            query: self.pairs(&http.query)?,
            headers: self.pairs(&http.headers)?,
            body,
            timeout: http.timeout.unwrap_or(self.user.timeout()),
        })
    }
}

/// The part of a URL that is a label: without the host and the query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| {
        rest.find('/').map_or("/", |start| &rest[start..])
    });
    rest.split(['?', '#']).next().unwrap_or(rest)
}
