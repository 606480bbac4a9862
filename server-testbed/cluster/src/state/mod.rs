//! The oracle: everything the clients did and saw, and what must be true of it. No I/O.
//!
//! | file | content | imports |
//! |---|---|---|
//! | `rooms` | which clients share a room | nothing |
//! | `attendance` | who is in its room, and for how long each was away | nothing |
//! | `messages` | messages sent, acked and received | `rooms`, `attendance` |
//! | `marks` | the end of a step: a message from each client to each member of its room | the same |
//! | `presence` | the lists of members that the server tells | `rooms` |
//! | `diary` | the last things that happened to each client, to explain a violation | nothing |

mod attendance;
mod diary;
mod marks;
mod messages;
mod presence;
mod rooms;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use attendance::Attendance;
pub(crate) use diary::Diary;
pub(crate) use marks::Marks;
pub(crate) use messages::{Messages, Scope, Verdict};
pub(crate) use presence::Presence;
pub(crate) use rooms::Rooms;

/// Everything that the clients of a fleet did and saw.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) attendance: Attendance,
    pub(crate) messages: Messages,
    pub(crate) marks: Marks,
    pub(crate) presence: Presence,
    pub(crate) diary: Diary,
}

impl State {
    pub(crate) fn new(rooms: &Rooms) -> Self {
        let clients = rooms.clients();
        Self {
            attendance: Attendance::new(clients),
            messages: Messages::new(rooms.clone()),
            marks: Marks::new(rooms.clone()),
            presence: Presence::new(rooms.clone()),
            diary: Diary::new(clients),
        }
    }
}

/// The state, shared by the tasks of the clients.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

impl Shared {
    pub(crate) fn new(rooms: &Rooms) -> Self {
        Self(Mutex::new(State::new(rooms)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // No code leaves the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
