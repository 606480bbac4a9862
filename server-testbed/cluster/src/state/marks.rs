//! The end of a step: each client sends a mark to its room, and all that it sent before has arrived with the mark, or never will.

use std::collections::HashSet;

use super::Rooms;
use super::attendance::{Attendance, Stay};

#[derive(Debug)]
pub(crate) struct Marks {
    rooms: Rooms,
    round: u64,
    /// Who was in the rooms when the round began.
    stays: Vec<Option<Stay>>,
    /// Receiver and sender.
    received: HashSet<(usize, usize)>,
}

impl Marks {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self {
            rooms,
            round: 0,
            stays: Vec::new(),
            received: HashSet::new(),
        }
    }

    /// Begins a round, whose marks count alone. Returns its number.
    pub(crate) fn begin(&mut self, attendance: &Attendance) -> u64 {
        self.round += 1;
        self.stays = attendance.stays();
        self.received.clear();
        self.round
    }

    pub(crate) fn receive(&mut self, receiver: usize, sender: usize, round: u64) {
        if round == self.round {
            self.received.insert((receiver, sender));
        }
    }

    /// Returns whether every client has the marks of all members of its room, and no client has left since the round began.
    pub(crate) fn are_complete(&self, attendance: &Attendance) -> bool {
        self.stays == attendance.stays()
            && self.stays.iter().all(Option::is_some)
            && self.missing().next().is_none()
    }

    /// Returns the receivers and senders of marks that have not arrived.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.rooms.clients())
            .flat_map(|receiver| {
                self.rooms
                    .mates(receiver)
                    .map(move |sender| (receiver, sender))
            })
            .filter(|pair| !self.received.contains(pair))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_round_is_complete_when_all_marks_of_all_rooms_have_arrived() {
        let mut attendance = Attendance::new(2);
        attendance.enter(0, Instant::now());
        let mut marks = Marks::new(Rooms::new(2));
        let receive_all = |marks: &mut Marks, round| {
            for (receiver, sender) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                marks.receive(receiver, sender, round);
            }
        };
        let round = marks.begin(&attendance);
        receive_all(&mut marks, round);
        assert!(!marks.are_complete(&attendance), "1 is not there");

        attendance.enter(1, Instant::now());
        let round = marks.begin(&attendance);
        receive_all(&mut marks, round);
        assert!(marks.are_complete(&attendance));
        attendance.leave(0, Instant::now());
        attendance.enter(0, Instant::now());
        assert!(
            !marks.are_complete(&attendance),
            "0 may have missed messages"
        );

        let late = round;
        marks.begin(&attendance);
        receive_all(&mut marks, late);
        assert_eq!(marks.missing().count(), 4, "marks of another round");
    }
}
