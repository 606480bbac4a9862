//! Adds the lab events to a namespace.

use crate::lab;
use crate::namespace::Namespace;

/// Adds the lab events.
pub(super) fn with_lab(namespace: Namespace) -> Namespace {
    namespace.connection(async |connection, next| {
        let _here = lab::register(
            connection.socket(),
            connection.app(),
            connection.auth().clone(),
            next.gate(),
        );
        next.run().await
    })
}
