//! Who is in its room, and for how long each was away.

use std::time::{Duration, Instant};

/// One stay of a client in its room: it ends with the connection.
pub(crate) type Stay = u32;

#[derive(Debug)]
pub(crate) struct Attendance {
    clients: Vec<Client>,
    /// The durations of the absences that have ended since they were last taken.
    absences: Vec<Duration>,
}

#[derive(Debug, Clone, Default)]
struct Client {
    stay: Stay,
    is_here: bool,
    /// When an absence began. None before the first stay.
    left: Option<Instant>,
    /// Whether it has left since the absences were last taken.
    has_left: bool,
}

impl Attendance {
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            clients: vec![Client::default(); clients],
            absences: Vec::new(),
        }
    }

    pub(crate) fn enter(&mut self, client: usize, now: Instant) {
        let it = &mut self.clients[client];
        if it.is_here {
            return;
        }
        it.is_here = true;
        if let Some(left) = it.left.take() {
            self.absences.push(now.duration_since(left));
        }
    }

    pub(crate) fn leave(&mut self, client: usize, now: Instant) {
        let it = &mut self.clients[client];
        if it.is_here {
            *it = Client {
                stay: it.stay + 1,
                is_here: false,
                left: Some(now),
                has_left: true,
            };
        }
    }

    /// Returns the stay of a client that is in its room.
    pub(crate) fn stay(&self, client: usize) -> Option<Stay> {
        let it = &self.clients[client];
        it.is_here.then_some(it.stay)
    }

    pub(crate) fn stays(&self) -> Vec<Option<Stay>> {
        (0..self.clients.len()).map(|it| self.stay(it)).collect()
    }

    pub(crate) fn absent(&self) -> Vec<usize> {
        let clients = 0..self.clients.len();
        clients.filter(|it| self.stay(*it).is_none()).collect()
    }

    /// Takes the number of clients that have left since the last call, and the absences that have ended.
    pub(crate) fn take_absences(&mut self) -> (usize, Vec<Duration>) {
        let mut disturbed = 0;
        for client in &mut self.clients {
            disturbed += usize::from(std::mem::take(&mut client.has_left));
        }
        (disturbed, std::mem::take(&mut self.absences))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_lasts_until_the_client_is_in_its_room_again() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut attendance = Attendance::new(2);
        assert_eq!(attendance.absent(), [0, 1]);
        attendance.enter(0, at(1));
        attendance.enter(1, at(1));
        assert_eq!(
            attendance.take_absences(),
            (0, vec![]),
            "a first stay is no return"
        );
        let stay = attendance.stay(0);
        attendance.leave(0, at(2));
        // The second namespace of the same connection.
        attendance.leave(0, at(3));
        assert_eq!(attendance.absent(), [0]);
        attendance.enter(0, at(7));
        assert_ne!(attendance.stay(0), stay);
        assert_eq!(
            attendance.take_absences(),
            (1, vec![Duration::from_secs(5)])
        );
        assert_eq!(attendance.take_absences(), (0, vec![]));
    }
}
