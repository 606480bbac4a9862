//! The source of a namespace's auth payload, which each connect asks for.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::{self, EncodeError};
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync, dyn_fn};

/// The JSON of an auth payload, or the error of the function that should give it.
pub(crate) type AuthResult = Result<Option<Bytes>, String>;
pub(crate) type AuthFuture = BoxFuture<'static, AuthResult>;
pub(crate) type AuthFunction = Arc<dyn_fn!(() -> AuthFuture)>;

#[derive(Clone, Default)]
pub(crate) enum AuthSource {
    #[default]
    None,
    Value(Bytes),
    Function(AuthFunction),
}

impl AuthSource {
    pub(crate) fn value(value: &impl Serialize) -> Result<AuthSource, EncodeError> {
        Ok(match payload(value)? {
            Some(json) => AuthSource::Value(json),
            None => AuthSource::None,
        })
    }

    pub(crate) fn function<F, Fut, T, E>(function: F) -> AuthSource
    where
        F: Fn() -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<T, E>> + MaybeSend + 'static,
        T: Serialize,
        E: fmt::Display,
    {
        AuthSource::Function(Arc::new(move || {
            let auth = function();
            Box::pin(async move {
                let value = auth.await.map_err(|error| error.to_string())?;
                payload(&value).map_err(|error| error.to_string())
            })
        }))
    }
}

/// The JSON of an auth payload; `None` for `null`. A socket.io server closes the connection if it is not an object.
fn payload(value: &impl Serialize) -> Result<Option<Bytes>, EncodeError> {
    let json = args::encode_value(value)?;
    match &json[..] {
        b"null" => Ok(None),
        [b'{', ..] => Ok(Some(json)),
        _ => Err(EncodeError::NotAnObject),
    }
}

/// Adds the members of an auth payload to the query of a namespace: texts as they are, other values as JSON.
pub(crate) fn query_with_auth(query: Option<&str>, auth: &[u8]) -> String {
    let members: Map<String, Value> = serde_json::from_slice(auth).unwrap_or_default();
    let mut encoded = form_urlencoded::Serializer::new(query.unwrap_or_default().to_owned());
    for (key, value) in members {
        match value {
            Value::String(text) => encoded.append_pair(&key, &text),
            value => encoded.append_pair(&key, &value.to_string()),
        };
    }
    encoded.finish()
}

impl fmt::Debug for AuthSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Logs must not contain tokens.
        f.write_str(match self {
            AuthSource::None => "None",
            AuthSource::Value(_) => "Value(..)",
            AuthSource::Function(_) => "Function(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auth_payload_follows_the_query_of_the_namespace() {
        let auth = br#"{"token":"a&b,c d","user":{"id":1},"n":2}"#;
        let members = "token=a%26b%2Cc+d&user=%7B%22id%22%3A1%7D&n=2";
        for (query, expected) in [
            (None, members.to_owned()),
            (Some("room=1"), format!("room=1&{members}")),
        ] {
            let all = query_with_auth(query, auth);
            let sorted = |text: &str| {
                let mut parts: Vec<_> = text.split('&').map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&all), sorted(&expected));
        }
    }
}
