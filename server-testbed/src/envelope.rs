//! The `{"data": {"action", "payload"}, "meta": {..}}` envelope that the egg servers put around
//! their messages.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// A message with what it is about (`data`) and where it comes from (`meta`).
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<P> {
    data: Data<P>,
    meta: Meta,
}

#[derive(Debug, Serialize)]
struct Data<P> {
    action: &'static str,
    payload: P,
}

#[derive(Debug, Serialize)]
struct Meta {
    /// Milliseconds since 1970.
    timestamp: u64,
    #[serde(flatten)]
    route: Option<Route>,
}

/// Who sent a message, and to whom.
#[derive(Debug, Serialize)]
pub(crate) struct Route {
    /// The sender's socket id.
    pub(crate) client: String,
    /// The receiver's socket id.
    pub(crate) target: String,
}

impl<P> Envelope<P> {
    /// A refusal, which names no sender.
    pub(crate) fn deny(payload: P) -> Self {
        Self::new("deny", payload, None)
    }

    /// A message from one client to another.
    pub(crate) fn exchange(payload: P, route: Route) -> Self {
        Self::new("exchange", payload, Some(route))
    }

    fn new(action: &'static str, payload: P, route: Option<Route>) -> Self {
        let data = Data { action, payload };
        let timestamp = now_ms();
        Self {
            data,
            meta: Meta { timestamp, route },
        }
    }
}

/// Milliseconds since 1970; 0 on a clock set before.
fn now_ms() -> u64 {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
