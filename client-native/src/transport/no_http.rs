//! HTTP requests in a build without the feature `polling`: there are none. The builder rejects polling first.

use std::sync::Arc;
use std::time::Duration;

use tidewire_core::Target;

use super::Connector;
use crate::error::TransportError;
use crate::polling_body::{Body, PostBody};

impl Connector {
    pub(crate) async fn get(
        self: Arc<Self>,
        _: Target,
        _: Duration,
    ) -> Result<Body, TransportError> {
        Err(no_polling())
    }

    pub(crate) async fn post(
        self: Arc<Self>,
        _: Target,
        _: PostBody,
    ) -> Result<(), TransportError> {
        Err(no_polling())
    }
}

fn no_polling() -> TransportError {
    TransportError::Http("tidewire is built without its feature `polling`".to_owned())
}
