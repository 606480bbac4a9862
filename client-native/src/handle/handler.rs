//! A handler: a function of the application, called for the events of a name.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use crate::error::SocketError;
use crate::event::Message;

pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A handler with a context of type `C`. Fails if the arguments are not of its type.
pub(crate) type Handler<C> =
    Arc<dyn Fn(&Message, C) -> Result<HandlerFuture, SocketError> + Send + Sync>;

/// Drops values of the application: handlers, and what a handler has panicked with. A panic must not end the dispatcher, and what
/// it has is leaked, because it could panic again.
pub(super) fn drop_guarded<T>(values: T) {
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(values)));
    if let Err(payload) = dropped {
        std::mem::forget(payload);
    }
}
