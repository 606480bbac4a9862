//! An event as the application emits it.

use alloc::vec::Vec;

#[cfg(doc)]
use crate::config::Config;
#[cfg(doc)]
use crate::output::Message;
use crate::time::Millis;

/// An event to emit.
#[derive(Debug)]
pub struct Emit<P> {
    /// The JSON array `["name", arguments...]`.
    pub payload: P,
    /// The attachments that the payload's placeholders refer to.
    pub attachments: Vec<P>,
    /// Whether an ack is awaited.
    pub ack: Ack,
    /// How hard to try to deliver the event.
    pub delivery: Delivery,
    /// Whether the host may compress it. The machine passes it on, see [`Message::compress`].
    pub compress: bool,
}

/// How hard to try to deliver an event that cannot be sent at once, or may have been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Delivery {
    /// At most once: sent when the namespace is connected, and never again.
    #[default]
    Once,
    /// At most once, and dropped if the namespace is not connected or the transport is congested.
    Volatile,
    /// At least once: sent again, up to `retries` times, when [`Ack::Within`] has passed or the connection was lost before the
    /// ack. The server must ack each event, and may see one twice. First arrivals are in order.
    ///
    /// An ack is always awaited, and is lost after the last try. Up to [`Config::retry_window`] events are in flight at a
    /// time. [`Config::offline_packets`] and [`Config::offline_bytes`] bound the events that are not acked yet. One more is
    /// refused, whatever the policy; none of them is ever evicted.
    AtLeastOnce {
        /// How many tries may follow the first.
        retries: u32,
    },
}

/// Whether an emit awaits an ack, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// No ack.
    None,
    /// An ack, however long it takes.
    Unlimited,
    /// An ack within this time.
    Within(Millis),
}

impl Ack {
    pub(super) const fn timeout(self) -> Option<Millis> {
        match self {
            Ack::Within(span) => Some(span),
            Ack::None | Ack::Unlimited => None,
        }
    }
}
