//! `/early`: emits `early` twice before any other event; has the lab events.

use super::lab_events::with_lab;
use crate::Refusal;
use crate::namespace::{Connection, Namespace, Next};

pub(super) fn describe() -> Namespace {
    with_lab(Namespace::new("/early")).connection(early)
}

/// Emits as early as possible: socketioxide, like socket.io 4.x, cannot emit before the reply to CONNECT.
async fn early(connection: Connection, next: Next) -> Result<(), Refusal> {
    for number in 1..=2 {
        connection.emit("early", &number).await;
    }
    next.run().await
}
