//! The identity and the signatures of a mobile-sdk client.

use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::TryFutureExt;
use tidewire_core::envelope::{Action, Meta};
use tidewire_core::peers::{Registration, SaveId, Saved};

use super::error::PeerError;
use super::target::Target;
use crate::host;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync, dyn_fn};

/// A request for a signature, of `app` and `timestamp` with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignRequest {
    /// The application.
    pub app: Arc<str>,
    /// The time of the message, in milliseconds since 1970.
    pub timestamp: u64,
}

type Signing = BoxFuture<'static, Result<String, PeerError>>;

pub(super) struct Sdk {
    app: Arc<str>,
    sign: Box<dyn_fn!((SignRequest) -> Signing)>,
    registration: Mutex<Registration>,
}

impl Sdk {
    pub(super) fn new<F, Fut, E>(app: &str, sign: F) -> Sdk
    where
        F: Fn(SignRequest) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<String, E>> + MaybeSend + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let failed = |error: E| PeerError::Sign(error.into().into());
        Sdk {
            app: app.into(),
            sign: Box::new(move |request| Box::pin(sign(request).map_err(failed))),
            registration: Mutex::new(Registration::new(app)),
        }
    }

    pub(super) fn save(&self, ids: SaveId) -> Saved {
        self.lock().save(ids)
    }

    pub(super) fn ids(&self) -> Option<SaveId> {
        self.lock().ids().cloned()
    }

    /// The metadata of a message, with its time and signature.
    pub(super) async fn signed_meta(
        &self,
        action: &Action,
        target: Option<Target>,
    ) -> Result<Meta, PeerError> {
        let target = target.map(SaveId::try_from).transpose()?;
        let meta = {
            let registration = self.lock();
            if registration.ids().is_none() {
                return Err(PeerError::NotRegistered);
            }
            registration.meta(action, target.as_ref())
        };
        let timestamp = host::unix_millis();
        let request = SignRequest {
            app: self.app.clone(),
            timestamp,
        };
        Ok(Meta {
            timestamp: Some(timestamp),
            sign: Some((self.sign)(request).await?),
            ..meta
        })
    }

    /// Ignores poisoning: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Registration> {
        self.registration
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
