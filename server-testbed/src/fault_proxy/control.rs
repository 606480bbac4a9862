//! Commands over HTTP: `POST /script` runs statements, `GET /status` tells how many faults have happened.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::lexer::script_text;
use super::proxy::FaultProxy;

/// Bytes of a script.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Serves the commands of a proxy until it fails.
///
/// # Errors
/// The listener has failed.
pub async fn serve(proxy: FaultProxy, listener: TcpListener) -> io::Result<()> {
    let router = Router::new()
        .route("/script", post(run))
        .route("/status", get(status))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(Arc::new(proxy));
    axum::serve(listener, router).await
}

async fn run(State(proxy): State<Arc<FaultProxy>>, script: Bytes) -> (StatusCode, String) {
    match script_text(&script).and_then(|text| proxy.run(text)) {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
    }
}

async fn status(State(proxy): State<Arc<FaultProxy>>) -> Json<Value> {
    Json(json!({ "url": proxy.url(), "faults": proxy.faults() }))
}
