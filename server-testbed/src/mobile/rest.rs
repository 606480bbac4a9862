//! `POST /api/transportMessage`: a program sends a message to a client.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::identity::Identity;
use super::message::RESPONSE;
use super::sign::{Signature, is_valid};
use crate::app::App;
use crate::envelope::Envelope;
use crate::metrics::Metric;
use crate::node::Node;
use crate::rooms;

#[derive(Deserialize)]
struct Request {
    timestamp: f64,
    app: String,
    target: String,
    #[serde(rename = "userId")]
    user: String,
    sign: String,
    message: Map<String, Value>,
}

pub(crate) async fn transport_message(State(node): State<Node>, body: Bytes) -> Response {
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return unprocessable(&node.app, &error.to_string()),
    };
    if !node.app.config().original && !is_valid(&node.app.config().apps, &request.signature()) {
        node.app.metrics().count(Metric::RefusalsTotal);
        return answer(StatusCode::FORBIDDEN, "转发失败 签名错误");
    }
    if !Identity::is(&node.app, &request.target, &request.user).await {
        node.app.metrics().count(Metric::MessagesLostTotal);
        let text = format!("转发失败 ID: {} 不存在", request.target);
        return answer(StatusCode::INTERNAL_SERVER_ERROR, &text);
    }
    node.app.metrics().count(Metric::MessagesTotal);
    // The payload is a text, as in the original.
    let payload = Value::Object(request.message).to_string();
    let room = rooms::of_socket(&request.target);
    // An error means a client that is disconnected or does not read.
    let _ = node
        .io
        .to(room)
        .emit(RESPONSE, &Envelope::exchange(payload, None))
        .await;
    answer(StatusCode::OK, "转发成功")
}

impl Request {
    fn signature(&self) -> Signature<'_> {
        Signature {
            app: Some(&self.app),
            timestamp: Some(self.timestamp),
            sign: Some(&self.sign),
        }
    }
}

fn answer(status: StatusCode, message: &str) -> Response {
    let body = json!({
        "status": status.as_u16(),
        "success": status.is_success(),
        "message": message,
    });
    (status, Json(body)).into_response()
}

fn unprocessable(app: &Arc<App>, error: &str) -> Response {
    app.metrics().count(Metric::RefusalsTotal);
    let body = json!({
        "code": "invalid_param",
        "message": "Validation Failed",
        "errors": [{ "message": error }],
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}
