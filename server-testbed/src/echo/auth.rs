//! Asks the application whether a client may subscribe: a POST to its endpoint, as laravel-echo-server does.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, COOKIE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::channel::{Kind, UNPROCESSABLE};
use super::presence::User;
use crate::namespace::Connection;

/// The time that the application has for its answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The status of a subscription without an answer of the application.
const UNREACHABLE: u16 = 0;
/// Headers that a client may set in the request to the application.
const MOST_HEADERS: usize = 50;
/// Headers that are of the connection, and not the client's.
const OF_CONNECTION: [&str; 6] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "upgrade",
];

/// The field `auth` of a subscription.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Auth {
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// Returns the user of a presence channel.
///
/// # Errors
/// The application's status, or 0 if there is none.
pub(super) async fn check(
    connection: &Connection,
    channel: &str,
    auth: &Auth,
) -> Result<Option<User>, u16> {
    let Some(endpoint) = connection.app().echo_endpoint() else {
        return Err(UNREACHABLE);
    };
    let cookie = connection.socket().req_parts().headers.get(COOKIE);
    let headers = headers(auth, cookie)?;
    let limit = connection.app().config().limits.body;
    let ask = endpoint.ask(channel, headers, limit);
    let Ok(Some((status, body))) = tokio::time::timeout(TIMEOUT, ask).await else {
        return Err(UNREACHABLE);
    };
    match (status, Kind::of(channel)) {
        (StatusCode::OK, Kind::Presence) => match User::read(&body) {
            Some(user) => Ok(Some(user)),
            None => Err(StatusCode::UNPROCESSABLE_ENTITY.as_u16()),
        },
        (StatusCode::OK, Kind::Public | Kind::Private) => Ok(None),
        (status, _) => Err(status.as_u16()),
    }
}

/// Makes the headers of the request: the client's own and the cookie of its handshake.
fn headers(auth: &Auth, cookie: Option<&HeaderValue>) -> Result<HeaderMap, u16> {
    let wrong = |_| UNPROCESSABLE;
    if auth.headers.len() > MOST_HEADERS {
        return Err(UNPROCESSABLE);
    }
    let mut headers = HeaderMap::new();
    if let Some(cookie) = cookie {
        headers.insert(COOKIE, cookie.clone());
    }
    for (name, value) in &auth.headers {
        let name: HeaderName = name.parse().map_err(|_| UNPROCESSABLE)?;
        if !OF_CONNECTION.contains(&name.as_str()) {
            headers.insert(name, HeaderValue::from_str(value).map_err(wrong)?);
        }
    }
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form);
    let ajax = HeaderValue::from_static("XMLHttpRequest");
    headers.insert("x-requested-with", ajax);
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(headers: &[(&str, &str)]) -> Auth {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Auth {
            headers: headers.iter().map(owned).collect(),
        }
    }

    #[test]
    fn a_client_sets_its_own_headers_only() {
        let cookie = HeaderValue::from_static("laravel_session=1");
        let given = auth(&[
            ("Authorization", "Bearer x"),
            ("Host", "evil"),
            ("Upgrade", "h2"),
        ]);
        let headers = headers(&given, Some(&cookie)).unwrap();
        assert_eq!(headers["authorization"], "Bearer x");
        assert_eq!(headers["cookie"], "laravel_session=1");
        assert_eq!(headers["x-requested-with"], "XMLHttpRequest");
        assert!(!headers.contains_key("host") && !headers.contains_key("upgrade"));
    }

    #[test]
    fn a_header_with_a_line_break_is_refused() {
        for bad in [[("a", "b\r\nc: d")], [("a\r\nb", "c")], [("", "x")]] {
            assert_eq!(headers(&auth(&bad), None), Err(422), "{bad:?}");
        }
    }
}
