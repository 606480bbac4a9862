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
        let json = args::encode_value(value)?;
        Ok(if json == "null" {
            AuthSource::None
        } else {
            AuthSource::Value(json)
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
                args::encode_value(&value)
                    .map(Some)
                    .map_err(|error| error.to_string())
            })
        }))
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
