//! The source of a namespace's auth payload, which each connect asks for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::args::{self, EncodeError};

/// The JSON of an auth payload, or the error of the function that should give it.
pub(crate) type AuthResult = Result<Option<Bytes>, String>;
pub(crate) type AuthFuture = Pin<Box<dyn Future<Output = AuthResult> + Send>>;
pub(crate) type AuthFunction = Arc<dyn Fn() -> AuthFuture + Send + Sync>;

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
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
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
