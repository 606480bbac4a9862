//! The lists of members that the server tells: in the end, all members of a room have its list.

use super::Rooms;

#[derive(Debug)]
pub(crate) struct Presence {
    rooms: Rooms,
    /// The id of each client in the namespace of presence.
    ids: Vec<Option<String>>,
    /// The list that each client was told last, sorted.
    lists: Vec<Vec<String>>,
}

impl Presence {
    pub(crate) fn new(rooms: Rooms) -> Self {
        let clients = rooms.clients();
        Self {
            rooms,
            ids: vec![None; clients],
            lists: vec![Vec::new(); clients],
        }
    }

    pub(crate) fn set_id(&mut self, client: usize, id: Option<String>) {
        self.ids[client] = id;
    }

    pub(crate) fn is_connected(&self, client: usize) -> bool {
        self.ids[client].is_some()
    }

    pub(crate) fn tell(&mut self, client: usize, mut list: Vec<String>) {
        list.sort_unstable();
        list.dedup();
        self.lists[client] = list;
    }

    /// Returns the rooms in which a member does not have the list of all members.
    pub(crate) fn wrong_rooms(&self) -> Vec<usize> {
        let rooms = 0..self.rooms.count();
        rooms.filter(|room| !self.is_right(*room)).collect()
    }

    fn is_right(&self, room: usize) -> bool {
        let ids: Option<Vec<&String>> = self.ids[self.rooms.members(room)]
            .iter()
            .map(Option::as_ref)
            .collect();
        let Some(mut ids) = ids else { return false };
        ids.sort_unstable();
        let lists = &self.lists[self.rooms.members(room)];
        lists.iter().all(|list| list.iter().eq(ids.iter().copied()))
    }

    /// Describes a wrong room.
    pub(crate) fn describe(&self, room: usize) -> String {
        let members = self.rooms.members(room);
        let sizes: Vec<usize> = self.lists[members.clone()].iter().map(Vec::len).collect();
        format!(
            "room {room}: the members {members:?} have lists of the lengths {sizes:?}, and ids {:?}",
            &self.ids[members.clone()]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_right_when_all_have_the_ids_of_all() {
        let mut presence = Presence::new(Rooms::new(2));
        assert_eq!(presence.wrong_rooms(), [0]);
        for client in 0..2 {
            presence.set_id(client, Some(format!("id-{client}")));
            presence.tell(client, vec!["id-1".to_owned(), "id-0".to_owned()]);
        }
        assert_eq!(presence.wrong_rooms(), [0; 0]);
        presence.tell(1, vec!["id-1".to_owned()]);
        assert_eq!(presence.wrong_rooms(), [0], "a member is missing");
        let stale = ["id-0", "id-1", "gone"].map(str::to_owned);
        presence.tell(1, stale.to_vec());
        assert_eq!(presence.wrong_rooms(), [0], "a member is left over");
    }
}
