//! The namespaces of the contract, one file each.

mod auth;
mod chat;
mod early;
mod lab_events;
mod ptop;

use crate::namespace::Namespace;
use crate::{Config, Refusal, echo, mobile};

use lab_events::with_lab;
pub(crate) use ptop::announce;

/// Describes every namespace of the contract. `/` has the Echo channels, too, and mobile-sdk if an application has a key.
pub(crate) fn all(config: &Config) -> Vec<Namespace> {
    let mut root = echo::extend(with_lab(Namespace::new("/")).on("session", session));
    if !config.apps.is_empty() {
        root = mobile::extend(root);
    }
    vec![
        root,
        with_lab(Namespace::new("/lab")),
        auth::describe(),
        early::describe(),
        chat::describe(),
        ptop::describe(),
    ]
}

/// Acks whose session the connection has, or null.
async fn session(call: crate::Call) -> Result<(), Refusal> {
    call.ack(&call.connection().session()).await;
    Ok(())
}
