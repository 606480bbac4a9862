//! The source of the headers with which the server asks Laravel.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tidewire_core::echo::{ChannelName, Headers};

use super::error::EchoError;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync, dyn_fn};

/// A request for the headers of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthRequest {
    /// The channel, with its prefix.
    pub channel: String,
}

type Asking = BoxFuture<'static, Result<Headers, String>>;
type Function = Arc<dyn_fn!((AuthRequest) -> Asking)>;

/// Headers of every subscription, and a function that gives further ones.
#[derive(Clone, Default)]
pub(super) struct Auth {
    pub(super) fixed: Headers,
    function: Option<Function>,
}

impl Auth {
    pub(super) fn set_function<F, Fut, I, N, V, E>(&mut self, function: F)
    where
        F: Fn(AuthRequest) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<I, E>> + MaybeSend + 'static,
        I: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<String>,
        E: fmt::Display,
    {
        self.function = Some(Arc::new(move |request| {
            let asking = function(request);
            Box::pin(async move {
                // `#` prints the sources of an `anyhow::Error`, too.
                let given = asking.await.map_err(|error| format!("{error:#}"))?;
                let mut headers = Headers::new();
                for (name, value) in given {
                    let inserted = headers.insert(name, value);
                    inserted.map_err(|error| error.to_string())?;
                }
                Ok(headers)
            })
        }));
    }

    /// The headers of a channel. None if the server does not authorize it.
    pub(super) async fn headers(&self, channel: &ChannelName) -> Result<Headers, EchoError> {
        if !channel.is_authorized() {
            return Ok(Headers::new());
        }
        let mut headers = self.fixed.clone();
        if let Some(function) = &self.function {
            let channel = channel.to_string();
            let request = AuthRequest {
                channel: channel.clone(),
            };
            let given = function(request).await;
            headers.extend(given.map_err(|error| EchoError::Auth { channel, error })?);
        }
        Ok(headers)
    }
}
