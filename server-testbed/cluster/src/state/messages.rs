//! Messages from each client to its room: none that was acked is lost, and none arrives twice.

use std::collections::{HashMap, HashSet};

use super::Rooms;
use super::attendance::{Attendance, Stay};

/// The number of a message, unique among all clients.
pub(crate) type Number = u64;

/// Which members a message must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All members of the room: the nodes share their rooms.
    Room,
    /// The sender: the nodes cannot share anything, because their Redis is away.
    Sender,
}

#[derive(Debug)]
pub(crate) struct Messages {
    rooms: Rooms,
    scope: Scope,
    next: Number,
    sent: HashMap<Number, Message>,
    /// Messages that arrived in this step, and in the one before.
    received: [HashSet<(usize, Number)>; 2],
    twice: u64,
}

#[derive(Debug)]
struct Message {
    sender: usize,
    /// Who was in the room when it was sent.
    room: Vec<(usize, Stay)>,
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Awaited,
    Acked,
    Missing,
}

/// The fate of the messages of a step.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) sent: u64,
    pub(crate) acked: u64,
    /// Deliveries that had to happen: of an acked message to a member who stayed in the room.
    pub(crate) due: u64,
    /// Sender and receiver of each that did not happen.
    pub(crate) lost: Vec<(usize, usize)>,
    /// Deliveries that happened again.
    pub(crate) twice: u64,
}

impl Messages {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self {
            rooms,
            scope: Scope::Room,
            next: 0,
            sent: HashMap::new(),
            received: Default::default(),
            twice: 0,
        }
    }

    /// Sets which members messages must reach from now on.
    pub(crate) fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Notes a message that a client is about to send. Returns its number.
    pub(crate) fn send(&mut self, sender: usize, attendance: &Attendance) -> Number {
        let mates = match self.scope {
            Scope::Room => self.rooms.mates(sender),
            Scope::Sender => sender..sender + 1,
        };
        let here = |mate| Some((mate, attendance.stay(mate)?));
        let message = Message {
            sender,
            room: mates.filter_map(here).collect(),
            answer: Answer::Awaited,
        };
        let number = self.next;
        self.next += 1;
        self.sent.insert(number, message);
        number
    }

    /// Notes that the server acked a message, or that no ack will come.
    pub(crate) fn settle(&mut self, number: Number, is_acked: bool) {
        if let Some(message) = self.sent.get_mut(&number) {
            message.answer = if is_acked {
                Answer::Acked
            } else {
                Answer::Missing
            };
        }
    }

    pub(crate) fn receive(&mut self, receiver: usize, number: Number) {
        let delivery = (receiver, number);
        let [now, before] = &mut self.received;
        if before.contains(&delivery) || !now.insert(delivery) {
            self.twice += 1;
        }
    }

    /// Returns how many messages wait for their ack.
    pub(crate) fn awaited(&self) -> usize {
        let awaited = |message: &&Message| message.answer == Answer::Awaited;
        self.sent.values().filter(awaited).count()
    }

    /// Ends a step: all messages are settled, and whatever arrives has arrived.
    pub(crate) fn judge(&mut self, attendance: &Attendance) -> Verdict {
        let mut verdict = Verdict {
            twice: std::mem::take(&mut self.twice),
            ..Verdict::default()
        };
        for (number, message) in self.sent.drain() {
            verdict.sent += 1;
            if message.answer != Answer::Acked {
                continue;
            }
            verdict.acked += 1;
            for (mate, stay) in message.room {
                if attendance.stay(mate) != Some(stay) {
                    continue;
                }
                verdict.due += 1;
                if !self.received[0].contains(&(mate, number)) {
                    verdict.lost.push((message.sender, mate));
                }
            }
        }
        self.received.swap(0, 1);
        self.received[0].clear();
        verdict
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn room() -> (Messages, Attendance) {
        let mut attendance = Attendance::new(3);
        for client in 0..3 {
            attendance.enter(client, Instant::now());
        }
        (Messages::new(Rooms::new(3)), attendance)
    }

    #[test]
    fn an_acked_message_must_reach_each_member_who_stayed() {
        let (mut messages, mut attendance) = room();
        let number = messages.send(0, &attendance);
        assert_eq!(messages.awaited(), 1);
        messages.settle(number, true);
        assert_eq!(messages.awaited(), 0);
        messages.receive(0, number);
        attendance.leave(2, Instant::now());
        attendance.enter(2, Instant::now());
        let verdict = messages.judge(&attendance);
        assert_eq!((verdict.sent, verdict.acked, verdict.due), (1, 1, 2));
        assert_eq!(
            verdict.lost,
            [(0, 1)],
            "member 2 was away, member 1 was not"
        );
        assert_eq!(messages.judge(&attendance), Verdict::default());
    }

    #[test]
    fn without_an_ack_nothing_is_promised() {
        let (mut messages, attendance) = room();
        let number = messages.send(0, &attendance);
        messages.settle(number, false);
        let verdict = messages.judge(&attendance);
        assert_eq!((verdict.sent, verdict.acked, verdict.due), (1, 0, 0));
        assert_eq!(verdict.lost, []);
    }

    #[test]
    fn without_redis_a_message_must_reach_its_sender() {
        let (mut messages, attendance) = room();
        messages.set_scope(Scope::Sender);
        let number = messages.send(1, &attendance);
        messages.settle(number, true);
        assert_eq!(messages.judge(&attendance).lost, [(1, 1)]);
    }

    #[test]
    fn a_second_delivery_is_noticed_in_the_next_step_too() {
        let (mut messages, attendance) = room();
        let number = messages.send(0, &attendance);
        messages.receive(1, number);
        messages.receive(2, number);
        assert_eq!(messages.judge(&attendance).twice, 0);
        messages.receive(1, number);
        messages.receive(1, number);
        assert_eq!(messages.judge(&attendance).twice, 2);
    }
}
