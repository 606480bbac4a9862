//! `/auth`: refuses clients without the token `secret`; has the lab events.

use super::lab_events::with_lab;
use crate::Refusal;
use crate::namespace::{Connection, Namespace};

const TOKEN: &str = "secret";

pub(super) fn describe() -> Namespace {
    with_lab(Namespace::new("/auth")).admit(check)
}

/// Accepts the token in CONNECT's payload (protocol 5) or in the query, in both protocols.
async fn check(connection: Connection) -> Result<(), Refusal> {
    let in_auth = connection.auth()["token"].as_str() == Some(TOKEN);
    if in_auth || connection.query("token").as_deref() == Some(TOKEN) {
        Ok(())
    } else {
        Err(Refusal::new("auth failed"))
    }
}
