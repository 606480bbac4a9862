//! The names of the server's own rooms. They begin with a control character, which no name from outside has.

/// Returns the room in which a socket is alone.
pub(crate) fn of_socket(id: &str) -> String {
    format!("\0socket:{id}")
}

/// Returns the room of the subscribers of an Echo channel.
pub(crate) fn of_channel(channel: &str) -> String {
    format!("\0echo:{channel}")
}
