//! HTTP requests.

use super::expectation::expectation;
use crate::script::{Http, HttpBody, Reading};
use crate::source::{Fields, Kind, Node};

/// `http = "POST /login"`, and its further fields.
pub(super) fn request(
    value: &Node,
    fields: &mut Fields<'_>,
    reading: &mut Reading,
) -> Option<Http> {
    let text = value.as_text().unwrap_or_default();
    let Some((method, url)) = text.split_once(' ') else {
        reading.fault(value, "expected a method and a URL, such as \"GET /login\"");
        return None;
    };
    let url_node = Node {
        place: value.place,
        kind: Kind::Text(url.trim().to_owned()),
    };
    let url = reading.template(&url_node);
    let query = reading.pairs(fields.get("query"));
    let headers = reading.pairs(fields.get("headers"));
    let body = body(fields, reading);
    let timeout = fields.span("timeout", &mut reading.faults);
    let expectation = expectation(fields, "response", reading);
    Some(Http {
        method: method.to_owned(),
        url: url?,
        query,
        headers,
        body,
        timeout,
        // A status that is expected is not an error.
        fails_on_status: expectation.comparisons.is_empty(),
        expectation,
    })
}

fn body(fields: &mut Fields<'_>, reading: &mut Reading) -> Option<HttpBody> {
    if let Some(node) = fields.get("json") {
        return reading.json(node).map(HttpBody::Json);
    }
    if let Some(node) = fields.get("body") {
        return reading.template(node).map(HttpBody::Text);
    }
    let form = fields.get("form")?;
    Some(HttpBody::Form(reading.pairs(Some(form))))
}
