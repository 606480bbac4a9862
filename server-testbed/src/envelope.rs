//! The envelope of the egg servers' messages: `{"data": {"action", "payload"}, "meta": {..}}`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A message (`data`) with its time and route (`meta`).
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

/// The sender and the receiver of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The sender's socket id.
    pub(crate) client: String,
    /// The receiver's socket id.
    pub(crate) target: String,
    /// The sender's user, where the server knows it.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
}

impl<P> Envelope<P> {
    /// Makes a refusal, which has no sender.
    pub(crate) fn deny(payload: P) -> Self {
        Self::new("deny", payload, None)
    }

    /// Makes a message from one client to another.
    pub(crate) fn exchange(payload: P, route: impl Into<Option<Route>>) -> Self {
        Self::new("exchange", payload, route.into())
    }

    /// Makes a message of the server itself.
    pub(crate) fn notice(action: &'static str, payload: P) -> Self {
        Self::new(action, payload, None)
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

/// Returns the milliseconds since 1970, or 0 if the clock is set to an earlier time.
pub(crate) fn now_ms() -> u64 {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
