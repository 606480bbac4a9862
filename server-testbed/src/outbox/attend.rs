//! Gives each session its outbox: middleware around the requests of Engine.IO.

use std::sync::Arc;

use axum::body::{self, Body};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::time::{Duration, sleep};

use super::listener::Peer;
use super::poller::Session;
use super::sessions::{Outbox, Outboxes};
use crate::purpose::Purpose;

/// Bytes of the first answer of a session, which has its id.
const MOST_OF_OPEN: usize = 10_000;
/// The pause before another look whether a client has read.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) async fn attend(
    State(outboxes): State<Arc<Outboxes>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let purpose = Purpose::of(&request);
    let Some(id) = &purpose.session else {
        return open(&outboxes, &peer, &purpose, request, next).await;
    };
    let Some(outbox) = outboxes.get(id) else {
        return next.run(request).await;
    };
    let method = request.method().clone();
    if method == Method::GET && purpose.is_websocket {
        return upgrade(&outbox, &peer, request, next).await;
    }
    if method == Method::GET {
        return poll(&outbox, request, next).await;
    }
    while method == Method::POST && outbox.is_full() {
        sleep(PAUSE).await;
    }
    next.run(request).await
}

/// Begins a session.
async fn open(
    outboxes: &Outboxes,
    peer: &Peer,
    purpose: &Purpose,
    mut request: Request,
    next: Next,
) -> Response {
    let outbox = outboxes.open();
    request.extensions_mut().insert(Arc::clone(&outbox));
    if purpose.is_websocket {
        begin_websocket(peer, &outbox);
        return next.run(request).await;
    }
    let (uri, engine) = (request.uri().clone(), next.clone());
    let (answer, id) = with_id(next.run(request).await).await;
    // A session's id needs no escape in a URI.
    let uri = id.as_deref().map(|id| format!("{uri}&sid={id}").parse());
    if let (Some(id), Some(Ok(uri))) = (id, uri) {
        outboxes.insert(id, &outbox);
        outbox.poller.begin(Session {
            engine,
            uri,
            is_eio3: purpose.is_eio3,
        });
    }
    answer
}

/// Answers a poll: with the packets that were fetched, or as the engine does.
async fn poll(outbox: &Outbox, request: Request, next: Next) -> Response {
    let _pause = outbox.poller.pause().await;
    let answer = match outbox.poller.take() {
        Some(fetched) => fetched.into(),
        None => next.run(request).await,
    };
    outbox.note_poll();
    answer
}

/// Changes to a WebSocket, after the client has polled the packets that were fetched.
async fn upgrade(outbox: &Outbox, peer: &Peer, request: Request, next: Next) -> Response {
    loop {
        let pause = outbox.poller.pause().await;
        if outbox.poller.is_empty() {
            let answer = next.run(request).await;
            if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                outbox.poller.note_upgrade();
                begin_websocket(peer, outbox);
            }
            return answer;
        }
        drop(pause);
        sleep(PAUSE).await;
    }
}

fn begin_websocket(Peer(wire): &Peer, outbox: &Outbox) {
    if let Some(wire) = wire.upgrade() {
        wire.begin_websocket();
    }
    outbox.use_wire(wire);
}

/// Reads the id of a session in the answer to its first request.
async fn with_id(answer: Response) -> (Response, Option<String>) {
    let (parts, body) = answer.into_parts();
    let Ok(body) = body::to_bytes(body, MOST_OF_OPEN).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR.into_response(), None);
    };
    // `0{..}` in Engine.IO 4, `85:0{..}` in Engine.IO 3.
    let start = body.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let open: Value = serde_json::from_slice(&body[start..]).unwrap_or_default();
    let id = open["sid"].as_str().map(str::to_owned);
    (Response::from_parts(parts, Body::from(body)), id)
}
