//! Messages from programs that have no socket: through HTTP, and through Redis.
//!
//! * mobile-sdk's `POST /api/transportMessage`: [`TransportMessage`] is the body, and [`read_response`] reads the response. Any HTTP
//!   client can carry them.
//! * The bridge of PHP programs: [`Publication`] is the text of `PUBLISH channel text` in Redis. The server emits it under the name
//!   [`bridged_event`], to all clients or to subscribers.
//!
//! ```
//! use serde_json::json;
//! use tidewire_core::bridge::{Publication, TransportMessage, bridged_event, read_response};
//!
//! let message = TransportMessage {
//!     timestamp: 1_543_469_988_762,
//!     app: "signatureApp".into(),
//!     target: "Q0YsUmhlYInHNlWXAAAD".into(),
//!     user_id: "a7938160-e537-11f1-b19e-5d533cf0ada4".into(),
//!     sign: "63cfcdf8f45e3d139212f477a6c8efff".into(),
//!     message: json!({"msg": "hi"}),
//! };
//! let body = serde_json::to_string(&message)?; // POST it as JSON to `TRANSPORT_MESSAGE`
//! let response = r#"{"status":500,"success":false,"message":"转发失败 ID: Q0YsUmhlYInHNlWXAAAD 不存在"}"#;
//! assert_eq!(read_response(500, response.as_bytes()).map_err(|refusal| refusal.status), Err(500));
//!
//! let text = serde_json::to_string(&Publication::new("OrderShipped", json!({"id": 1})).except("id-of-a-socket"))?;
//! assert_eq!(text, r#"{"event":"OrderShipped","data":{"id":1},"socket":"id-of-a-socket"}"#);
//! // After `PUBLISH orders <text>`, clients get the event:
//! assert_eq!(bridged_event("orders", "OrderShipped"), "orders:OrderShipped");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Rules
//!
//! | rule | source |
//! |---|---|
//! | The target gets an `exchange` whose payload is the JSON of the message, as a text | mobile-sdk |
//! | A response is a success if its status is from 200 to 299 and its body has `success: true` | mobile-sdk |
//! | The text of a refusal is the `message` of its body; of a body that is no such JSON, the first 200 characters | a proxy answers in HTML |
//! | A publication without `socket` is for all | Laravel's broadcaster |
//!
//! `tests/vectors/bridge.json` tests the rules; implementations in other languages can run it, too.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// The path of mobile-sdk's route.
pub const TRANSPORT_MESSAGE: &str = "/api/transportMessage";

/// The body of a `POST` to [`TRANSPORT_MESSAGE`], as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportMessage<T> {
    /// The time in milliseconds since 1970.
    pub timestamp: u64,
    /// The application.
    pub app: String,
    /// The socket id of the receiver.
    pub target: String,
    /// The user id of the receiver: the server does not deliver under another one.
    pub user_id: String,
    /// The signature of `app` and `timestamp`: the function `sign` of [`envelope`](crate::envelope) makes it.
    pub sign: String,
    /// The message, an object: the server answers 422 to any other value.
    pub message: T,
}

/// The server has not delivered a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportRefusal {
    /// The status of the response: 500 for a receiver that the server does not know, 422 for a body of another form.
    pub status: u16,
    /// The text of the server.
    pub message: String,
}

/// The most characters of a text that is not JSON.
const EXCERPT: usize = 200;

/// Reads the response of [`TRANSPORT_MESSAGE`].
///
/// # Errors
/// If the server has not delivered the message.
pub fn read_response(status: u16, body: &[u8]) -> Result<(), TransportRefusal> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        success: bool,
        message: String,
    }
    let refusal = |message| Err(TransportRefusal { status, message });
    match serde_json::from_slice::<Body>(body) {
        Ok(body) if body.success && (200..300).contains(&status) => Ok(()),
        Ok(body) => refusal(body.message),
        Err(_) => refusal(
            String::from_utf8_lossy(body)
                .chars()
                .take(EXCERPT)
                .collect(),
        ),
    }
}

/// An event on its way through Redis, as JSON the text of `PUBLISH channel text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication<T> {
    event: String,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<String>,
}

impl<T> Publication<T> {
    /// An event for all.
    pub fn new(event: impl Into<String>, data: T) -> Self {
        Publication {
            event: event.into(),
            data,
            socket: None,
        }
    }

    /// Skips the socket with this id, as the header `X-Socket-ID` of a request says.
    #[must_use]
    pub fn except(self, socket: impl Into<String>) -> Self {
        Publication {
            socket: Some(socket.into()),
            ..self
        }
    }
}

/// Returns the name under which the bridge emits an event of a channel of Redis.
pub fn bridged_event(channel: &str, event: &str) -> String {
    let mut name = String::from(channel);
    name.push(':');
    name.push_str(event);
    name
}

impl fmt::Display for TransportRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TransportRefusal { status, message } = self;
        write!(
            f,
            "the server has not delivered the message (status {status}): {message}"
        )
    }
}

impl core::error::Error for TransportRefusal {}
