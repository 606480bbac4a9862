//! A message of a client of mobile-sdk.

use rmpv::Value;
use serde::Deserialize;

use super::sign::Signature;
use crate::{Limits, Refusal};

/// The event of the client, and the event of the server.
pub(super) const REQUEST: &str = "requestMessage";
pub(super) const RESPONSE: &str = "responseMessage";

/// Fields that the contract does not name are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) meta: Meta,
    pub(super) data: Data,
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    /// Milliseconds since 1970. A float, because JavaScript has no other numbers.
    timestamp: Option<f64>,
    app: Option<String>,
    sign: Option<String>,
    pub(super) target: Option<String>,
    #[serde(rename = "userId")]
    pub(super) user: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Data {
    pub(super) action: String,
    #[serde(default = "nil")]
    pub(super) payload: Value,
}

impl Message {
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let Meta {
            app, target, user, ..
        } = &self.meta;
        let names = [
            ("meta.app", app.as_deref()),
            ("meta.target", target.as_deref()),
            ("meta.userId", user.as_deref()),
            ("data.action", Some(self.data.action.as_str())),
        ];
        for (what, name) in names {
            limits.check_name(what, name.unwrap_or_default())?;
        }
        Ok(())
    }

    pub(super) fn signature(&self) -> Signature<'_> {
        Signature {
            app: self.meta.app.as_deref(),
            timestamp: self.meta.timestamp,
            sign: self.meta.sign.as_deref(),
        }
    }
}

fn nil() -> Value {
    Value::Nil
}
