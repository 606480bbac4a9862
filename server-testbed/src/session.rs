//! Sessions in a signed cookie: who a browser is, for its connections and requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;
use serde_json::json;

use crate::app::{App, SessionKey};
use crate::metrics::Metric;

/// The name of the cookie.
const NAME: &str = "tidewire_session";

/// Returns the user in the cookie of a request, if its signature is valid.
pub(crate) fn user(key: &SessionKey, headers: &HeaderMap) -> Option<String> {
    let mut jar = CookieJar::new();
    for header in headers.get_all(COOKIE) {
        let cookies = Cookie::split_parse_encoded(header.to_str().ok()?.to_owned());
        cookies
            .flatten()
            .for_each(|cookie| jar.add_original(cookie));
    }
    let cookie = jar.signed(&key.0).get(NAME)?;
    Some(cookie.value().to_owned())
}

/// The body of `POST /session`.
#[derive(Deserialize)]
pub(crate) struct Login {
    user: String,
}

/// `POST /session {"user"}`: begins a session. A demo has no passwords.
pub(crate) async fn log_in(State(app): State<Arc<App>>, Json(login): Json<Login>) -> Response {
    let user = login.user;
    if let Err(refusal) = app.config().limits.check_name("the user", &user) {
        app.metrics().count(Metric::RefusalsTotal);
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(refusal)).into_response();
    }
    let mut jar = CookieJar::new();
    let cookie = Cookie::build((NAME, user.clone()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build();
    jar.signed_mut(&app.session_key().0).add(cookie);
    let Some(cookie) = jar.get(NAME) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [(SET_COOKIE, cookie.encoded().to_string())];
    (headers, Json(json!({ "user": user }))).into_response()
}

/// `GET /session`: tells whose session it is.
pub(crate) async fn who(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match user(app.session_key(), &headers) {
        Some(user) => Json(json!({ "user": user })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
