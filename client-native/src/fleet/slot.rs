//! The place of a bot in its fleet: its name, its state, its clients and its counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::Exit;
use super::status::{BotPhase, BotStatus, Exits};
use crate::handle::Socket;
use crate::metrics::Metrics;

pub(super) struct Slot<S> {
    pub(super) index: usize,
    pub(super) name: Arc<str>,
    /// The application's state of the bot.
    pub(super) state: S,
    /// Wakes the supervisor after a client was added.
    pub(super) added: Notify,
    life: Mutex<Life>,
}

struct Life {
    phase: BotPhase,
    /// The first namespaces of the clients of this run.
    sockets: Vec<Socket>,
    /// Whether the function of this run waits for the order to stop.
    wants_notice: bool,
    runs: u32,
    exits: Exits,
    last_exit: Option<Exit>,
    /// The numbers of the clients of earlier runs.
    earlier: Metrics,
}

impl<S> Slot<S> {
    pub(super) fn new(index: usize, name: String, state: S) -> Slot<S> {
        Slot {
            index,
            name: name.into(),
            state,
            added: Notify::new(),
            life: Mutex::new(Life {
                phase: BotPhase::Waiting,
                sockets: Vec::new(),
                wants_notice: false,
                runs: 0,
                exits: Exits::default(),
                last_exit: None,
                earlier: Metrics::default(),
            }),
        }
    }

    // ---- for the bot ----

    /// Adds a client to this run.
    pub(super) fn add(&self, socket: Socket) {
        self.life().sockets.push(socket);
        self.added.notify_one();
    }

    pub(super) fn want_notice(&self) {
        self.life().wants_notice = true;
    }

    // ---- for the supervisor ----

    /// Begins a run. Returns its number, from 1 on.
    pub(super) fn begin(&self) -> u32 {
        let mut life = self.life();
        life.phase = BotPhase::Running;
        life.wants_notice = false;
        life.runs = life.runs.saturating_add(1);
        life.runs
    }

    pub(super) fn wants_notice(&self) -> bool {
        self.life().wants_notice
    }

    /// The clients of this run, from the one of this number on.
    pub(super) fn sockets(&self, from: usize) -> Vec<Socket> {
        let life = self.life();
        life.sockets.get(from..).unwrap_or_default().to_vec()
    }

    /// Forgets the clients of this run, and keeps their numbers.
    pub(super) fn forget_clients(&self) {
        let mut life = self.life();
        let sockets = std::mem::take(&mut life.sockets);
        for socket in &sockets {
            life.earlier.add(&socket.client().metrics());
        }
    }

    pub(super) fn end(&self, exit: Exit) {
        let mut life = self.life();
        life.exits.add(&exit);
        life.last_exit = Some(exit);
    }

    pub(super) fn set_phase(&self, phase: BotPhase) {
        self.life().phase = phase;
    }

    // ---- for the fleet ----

    pub(super) fn status(&self) -> BotStatus {
        let life = self.life();
        let mut metrics = life.earlier;
        for socket in &life.sockets {
            metrics.add(&socket.client().metrics());
        }
        BotStatus {
            index: self.index,
            name: self.name.clone(),
            phase: life.phase,
            is_connected: life.sockets.iter().any(Socket::is_connected),
            runs: life.runs,
            exits: life.exits,
            last_exit: life.last_exit.clone(),
            metrics,
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
