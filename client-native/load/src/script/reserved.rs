//! The names of events that no application emits.

/// Returns whether clients and servers keep an event's name for themselves.
pub(crate) fn is_reserved(event: &str) -> bool {
    tidewire::RESERVED_EVENTS.contains(&event)
}

/// The mistake.
pub(crate) fn reserved_text(event: &str) -> String {
    format!("the event name `{event}` is reserved for clients and servers: choose another")
}
