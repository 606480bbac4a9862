//! The names of the server's own rooms. They begin with a control character, which no name from outside has.

use crate::cluster::Socket;

/// Returns the number of rooms and channels that a socket is in, without the room in which it is alone.
pub(crate) fn count(socket: &Socket) -> usize {
    let rooms = socket.rooms();
    let others = rooms.iter().filter(|room| !room.starts_with(ALONE));
    others.count()
}

/// Rooms in which a socket is alone begin with this.
const ALONE: &str = "\0socket:";

/// Returns the room in which a socket is alone.
pub(crate) fn of_socket(id: &str) -> String {
    format!("{ALONE}{id}")
}

/// Returns the room of the subscribers of an Echo channel.
pub(crate) fn of_channel(channel: &str) -> String {
    format!("\0echo:{channel}")
}
