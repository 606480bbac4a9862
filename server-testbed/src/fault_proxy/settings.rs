//! The faults of all connections.

use std::time::Duration;

use super::statement::{Direction, Global};

#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    latency: Duration,
    jitter: Duration,
    /// Bytes per second.
    pub(super) bandwidth: Option<u64>,
    /// Bytes of one write.
    pub(super) split: Option<usize>,
    pub(super) refuse: bool,
    pub(super) stop_pongs: bool,
    stall_up: bool,
    stall_down: bool,
    /// Connections of an earlier epoch are cut.
    pub(super) epoch: u64,
    /// The number of the last `heal`: statements with a lower number are taken back.
    pub(super) healed: u64,
    stopped: bool,
}

impl Settings {
    pub(super) fn stalls(&self, direction: Direction) -> bool {
        match direction {
            Direction::Up => self.stall_up,
            Direction::Down => self.stall_down,
        }
    }

    /// Returns the latency with a random part of the jitter.
    pub(super) fn delay(&self) -> Duration {
        self.latency + self.jitter.mul_f64(rand::random::<f64>())
    }

    /// Returns whether a connection that began in this epoch is cut.
    pub(super) fn is_over(&self, epoch: u64) -> bool {
        self.stopped || self.epoch != epoch
    }

    /// Returns whether a statement that waits has been taken back.
    pub(super) fn is_taken_back(&self, number: u64) -> bool {
        self.stopped || number < self.healed
    }

    pub(super) fn cut(&mut self) {
        self.epoch += 1;
    }

    /// Cuts all connections for good.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Carries out the statement of this number.
    pub(super) fn apply(&mut self, fault: &Global, number: u64) {
        match fault {
            Global::Latency { fixed, jitter } => {
                self.latency = *fixed;
                self.jitter = *jitter;
            }
            Global::Bandwidth(bytes) => self.bandwidth = Some(*bytes),
            Global::Split(bytes) => self.split = Some(*bytes),
            Global::Stall(Direction::Up) => self.stall_up = true,
            Global::Stall(Direction::Down) => self.stall_down = true,
            Global::HalfOpen => {
                self.stall_up = true;
                self.stall_down = true;
            }
            Global::Refuse => {
                self.refuse = true;
                self.cut();
            }
            Global::StopPongs => self.stop_pongs = true,
            // The server's WebSockets know their sessions, so they end, too.
            Global::Cut | Global::Forget => self.cut(),
            Global::Heal => {
                *self = Self {
                    epoch: self.epoch,
                    stopped: self.stopped,
                    healed: number,
                    ..Self::default()
                };
            }
        }
    }
}
