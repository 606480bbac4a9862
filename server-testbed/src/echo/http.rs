//! The HTTP interface of laravel-echo-server: an application sends events, and asks who is there.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, RawPathParams, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::channel::Kind;
use super::presence;
use crate::app::App;
use crate::bridge::{Scope, to_channel};
use crate::metrics::Metric;
use crate::node::Node;

/// The key in the query, an alternative to `Authorization: Bearer`.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    auth_key: Option<String>,
}

/// A request with the key of the application in its path.
pub(crate) struct Authorized;

impl FromRequestParts<Node> for Authorized {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, node: &Node) -> Result<Self, Response> {
        let path = RawPathParams::from_request_parts(parts, node).await;
        let path = path.map_err(IntoResponse::into_response)?;
        let query = Query::<Credentials>::from_request_parts(parts, node).await;
        let Query(credentials) = query.map_err(IntoResponse::into_response)?;
        let id = path.iter().find(|(name, _)| *name == "id");
        let id = id.map_or("", |(_, id)| id);
        match is_authorized(&node.app, id, &credentials, &parts.headers) {
            true => Ok(Authorized),
            false => Err(unauthorized(&node.app)),
        }
    }
}

#[derive(Deserialize)]
struct Event {
    name: String,
    channel: Option<String>,
    channels: Option<Vec<String>>,
    #[serde(default)]
    data: Value,
    socket_id: Option<String>,
}

/// `POST /apps/:id/events`.
pub(crate) async fn events(_: Authorized, State(node): State<Node>, body: Bytes) -> Response {
    let event: Event = match serde_json::from_slice(&body) {
        Ok(event) => event,
        Err(error) => return bad_request(&node.app, &error.to_string()),
    };
    let Some(channels) = event
        .channels
        .or(event.channel.map(|channel| vec![channel]))
    else {
        return bad_request(&node.app, "channel or channels is missing");
    };
    // Before anything is sent.
    let limits = &node.app.config().limits;
    let names = channels.iter().map(|channel| ("the channel", channel));
    for (what, name) in names.chain([("the event", &event.name)]) {
        if let Err(refusal) = limits.check_name(what, name) {
            return bad_request(&node.app, refusal.message());
        }
    }
    for channel in channels {
        let data = unwrap_text(&event.data);
        let socket = event.socket_id.as_deref();
        to_channel(&node, Scope::Cluster, &channel, &event.name, &data, socket).await;
        // A request may name thousands of channels; others are served between them.
        tokio::task::yield_now().await;
    }
    Json(json!({ "message": "ok" })).into_response()
}

/// `GET /apps/:id/status`: of this node.
pub(crate) async fn status(_: Authorized, State(node): State<Node>) -> Response {
    let uptime: Duration = node.app.started().elapsed();
    let count = node.app.metrics().get(Metric::EchoSubscriptions);
    Json(json!({ "subscription_count": count, "uptime": uptime.as_secs_f64() })).into_response()
}

/// `GET /apps/:id/channels`: of this node.
pub(crate) async fn channels(_: Authorized, State(node): State<Node>) -> Response {
    let counts = node.app.subscriptions().counts();
    let described = counts.into_iter().map(|(channel, count)| {
        let description = json!({ "subscription_count": count, "occupied": true });
        (channel, description)
    });
    let channels: Map<String, Value> = described.collect();
    Json(json!({ "channels": channels })).into_response()
}

/// `GET /apps/:id/channels/:channel`: subscriptions of this node, users of all nodes.
pub(crate) async fn channel_status(
    _: Authorized,
    State(node): State<Node>,
    Path((_, channel)): Path<(String, String)>,
) -> Response {
    let counts = node.app.subscriptions().counts();
    let count = counts.get(&channel).copied().unwrap_or_default();
    let mut body = json!({ "subscription_count": count, "occupied": count > 0 });
    if Kind::of(&channel) == Kind::Presence {
        body["user_count"] = presence::users(&node.app, &channel).await.len().into();
    }
    Json(body).into_response()
}

/// `GET /apps/:id/channels/:channel/users`: of a presence channel, on all nodes.
pub(crate) async fn users(
    _: Authorized,
    State(node): State<Node>,
    Path((_, channel)): Path<(String, String)>,
) -> Response {
    if Kind::of(&channel) != Kind::Presence {
        let text = "User list is only possible for Presence Channels";
        return bad_request(&node.app, text);
    }
    Json(json!({ "users": presence::users(&node.app, &channel).await })).into_response()
}

fn is_authorized(app: &App, id: &str, credentials: &Credentials, headers: &HeaderMap) -> bool {
    let Some(key) = app.config().echo_clients.get(id) else {
        return false;
    };
    let header = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let bearer = header.and_then(|header| header.strip_prefix("Bearer "));
    bearer.or(credentials.auth_key.as_deref()) == Some(key)
}

fn unauthorized(app: &Arc<App>) -> Response {
    app.metrics().count(Metric::RefusalsTotal);
    let body = json!({ "error": "Unauthorized" });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

fn bad_request(app: &Arc<App>, error: &str) -> Response {
    app.metrics().count(Metric::RefusalsTotal);
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

/// Applications send data as a JSON text or as JSON.
fn unwrap_text(data: &Value) -> Value {
    let text = data.as_str();
    let parsed = text.and_then(|text| serde_json::from_str(text).ok());
    parsed.unwrap_or_else(|| data.clone())
}
