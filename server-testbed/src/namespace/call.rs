//! One event of a client.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Connection;
use crate::Refusal;
use crate::args::Args;
use crate::backpressure::Reply;

/// An event with its arguments, and the ack that its client may wait for.
#[derive(Debug)]
pub struct Call {
    pub(super) connection: Connection,
    pub(super) event: String,
    pub(super) args: Args,
    pub(super) reply: Reply,
}

impl Call {
    /// Returns the sender.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the name of the event.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// Returns an argument if it is a text.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<&str> {
        self.args.0.get(index)?.as_str()
    }

    /// Decodes an argument.
    ///
    /// # Errors
    /// It is missing, or has another type; the text says which.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, Refusal> {
        let event = &self.event;
        let number = index + 1;
        let value = self
            .args
            .0
            .get(index)
            .ok_or_else(|| Refusal::new(format!("{event}: argument {number} is missing")))?;
        rmpv::ext::from_value(value.clone())
            .map_err(|error| Refusal::new(format!("{event}: argument {number}: {error}")))
    }

    /// Acks, if the client asked for it.
    pub async fn ack<T: Serialize + ?Sized>(&self, data: &T) {
        self.reply.send(data).await;
    }
}
