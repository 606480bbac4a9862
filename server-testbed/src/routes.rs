//! The HTTP routes beside Socket.IO.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use crate::metrics::Metric;
use crate::node::Node;
use crate::purpose::Purpose;
use crate::{echo, mobile, session};

/// Makes the router of all routes that are not Socket.IO's.
pub(crate) fn router(node: &Node) -> Router {
    let limit = node.app.config().limits.body;
    let app = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/session", get(session::who).post(session::log_in))
        .with_state(Arc::clone(&node.app));
    let nodes = Router::new()
        .route("/apps/{id}/events", post(echo::events))
        .route("/apps/{id}/status", get(echo::status))
        .route("/apps/{id}/channels", get(echo::channels))
        .route("/apps/{id}/channels/{channel}", get(echo::channel_status))
        .route("/apps/{id}/channels/{channel}/users", get(echo::users))
        .route("/api/transportMessage", post(mobile::transport_message))
        .with_state(node.clone());
    app.merge(nodes).layer(DefaultBodyLimit::max(limit))
}

/// Names the node in a cookie, so that a proxy sends all requests of a browser to the same one.
pub(crate) fn name_node(router: Router, app: &Arc<App>) -> Router {
    match &app.config().node {
        None => router,
        Some(name) => match HeaderValue::from_str(&format!("tidewire_node={name}; Path=/")) {
            Ok(cookie) => router.layer(middleware::from_fn_with_state(cookie, add_cookie)),
            // The program refuses such a name.
            Err(_) => router,
        },
    }
}

/// Refuses new sessions while the server closes: `503`.
pub(crate) async fn refuse_late(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if app.is_closing() && begins_session(&request) {
        return (StatusCode::SERVICE_UNAVAILABLE, [(CONNECTION, "close")]).into_response();
    }
    next.run(request).await
}

/// Counts the requests that are being answered.
pub(crate) async fn count_request(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let _answering = app.request();
    next.run(request).await
}

async fn add_cookie(State(cookie): State<HeaderValue>, request: Request, next: Next) -> Response {
    let is_handshake = begins_session(&request);
    let mut response = next.run(request).await;
    if is_handshake {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn begins_session(request: &Request) -> bool {
    Purpose::of(request).session.is_none()
}

/// `GET /health`: 200, as long as the node serves its clients. `degraded` says that it does so without its Redis.
async fn health(State(app): State<Arc<App>>) -> Response {
    let degraded = app.metrics().get(Metric::Degraded) == 1;
    let status = if degraded { "degraded" } else { "ok" };
    let connections = app.metrics().get(Metric::Connections);
    let body = json!({
        "status": status,
        "node": app.config().node,
        "connections": connections,
        "uptime": app.started().elapsed().as_secs(),
    });
    (StatusCode::OK, Json(body)).into_response()
}

/// `GET /metrics`: for Prometheus.
async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, text)], app.metrics().text()).into_response()
}
