//! Which clients share a room.

use std::ops::Range;

/// Clients in one room: one of each transport and Engine.IO version.
const SIZE: usize = 6;

/// Clients by number, cut into rooms of six.
#[derive(Debug, Clone)]
pub(crate) struct Rooms {
    clients: usize,
}

impl Rooms {
    pub(crate) fn new(clients: usize) -> Self {
        Self { clients }
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    pub(crate) fn count(&self) -> usize {
        self.clients.div_ceil(SIZE)
    }

    /// Returns the members of a room.
    pub(crate) fn members(&self, room: usize) -> Range<usize> {
        room * SIZE..((room + 1) * SIZE).min(self.clients)
    }

    /// Returns the members of the room of a client, itself included.
    pub(crate) fn mates(&self, client: usize) -> Range<usize> {
        self.members(client / SIZE)
    }

    /// Returns the name of the room of a client.
    pub(crate) fn name(client: usize) -> String {
        format!("room-{}", client / SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_room_has_the_rest() {
        let rooms = Rooms::new(8);
        assert_eq!((rooms.count(), rooms.members(1)), (2, 6..8));
        assert_eq!(rooms.mates(7), 6..8);
        assert_eq!(Rooms::name(5), Rooms::name(0));
        assert_ne!(Rooms::name(5), Rooms::name(6));
    }
}
