//! The state of the proxy: the faults of all connections, and the rules with their counts.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::script::{Direction, Fault, Global, Rule, Script, Statement, Trigger};

/// Session ids that the proxy remembers; older ones cannot be forgotten.
const MOST_SESSIONS: usize = 100_000;
/// Rules of all scripts.
const MOST_RULES: usize = 10_000;

#[derive(Debug)]
pub(super) struct State {
    pub(super) server: SocketAddr,
    settings: watch::Sender<Settings>,
    rules: Mutex<Rules>,
    faults: AtomicU64,
}

/// The faults of all connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) latency: Duration,
    pub(super) jitter: Duration,
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
    stopped: bool,
}

#[derive(Debug, Default)]
struct Rules {
    /// With the number of occurrences so far.
    rules: Vec<(Rule, u64)>,
    sessions: HashSet<String>,
    forgotten: HashSet<String>,
}

impl Settings {
    pub(super) fn stalls(&self, direction: Direction) -> bool {
        match direction {
            Direction::Up => self.stall_up,
            Direction::Down => self.stall_down,
        }
    }
}

impl State {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self {
            server,
            settings: watch::Sender::default(),
            rules: Mutex::default(),
            faults: AtomicU64::new(0),
        }
    }

    pub(super) fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.subscribe()
    }

    pub(super) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Carries out a script. Statements with a time need a runtime.
    pub(super) fn add(self: &Arc<Self>, script: Script) {
        for statement in script.statements {
            match statement {
                Statement::Rule(rule) => {
                    let mut rules = self.rules();
                    if rules.rules.len() < MOST_RULES {
                        rules.rules.push((rule, 0));
                    }
                }
                Statement::Global { after, fault } if after.is_zero() => self.apply(&fault),
                Statement::Global { after, fault } => {
                    let state = Arc::downgrade(self);
                    tokio::spawn(async move {
                        tokio::time::sleep(after).await;
                        if let Some(state) = state.upgrade() {
                            state.apply(&fault);
                        }
                    });
                }
            }
        }
    }

    /// Counts an occurrence, and returns the fault of the first rule that it meets.
    pub(super) fn meet(&self, triggers: &[Trigger], text: &str) -> Option<Fault> {
        let mut met = None;
        for (rule, count) in &mut self.rules().rules {
            let is_met = triggers.contains(&rule.trigger)
                && rule
                    .text
                    .as_ref()
                    .is_none_or(|wanted| matches(rule.trigger, text, wanted));
            if is_met {
                *count += 1;
                if met.is_none() && (rule.first..=rule.last).contains(count) {
                    met = Some(rule.fault.clone());
                }
            }
        }
        if met.is_some() {
            self.count();
        }
        met
    }

    pub(super) fn count(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers the session of a request. Returns whether it is a forgotten one.
    pub(super) fn is_forgotten(&self, session: &str) -> bool {
        let mut rules = self.rules();
        if rules.forgotten.contains(session) {
            return true;
        }
        if rules.sessions.len() < MOST_SESSIONS {
            rules.sessions.insert(session.to_owned());
        }
        false
    }

    pub(super) fn cut(&self) {
        self.settings.send_modify(|settings| settings.epoch += 1);
    }

    /// Lets all tasks of connections end.
    pub(super) fn stop(&self) {
        self.settings.send_modify(|settings| {
            settings.stopped = true;
        });
    }

    fn apply(&self, fault: &Global) {
        tracing::info!(?fault, "fault of all connections");
        match fault {
            Global::Heal => return self.heal(),
            Global::Forget => {
                let mut rules = self.rules();
                let sessions = std::mem::take(&mut rules.sessions);
                rules.forgotten = sessions;
            }
            _ => {}
        }
        self.count();
        self.settings.send_modify(|settings| settings.apply(fault));
    }

    fn heal(&self) {
        self.rules().rules.clear();
        self.settings.send_modify(|settings| {
            *settings = Settings {
                epoch: settings.epoch,
                stopped: settings.stopped,
                ..Settings::default()
            };
        });
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // No code leaves the rules half changed.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settings {
    pub(super) fn is_over(&self, epoch: u64) -> bool {
        self.stopped || self.epoch != epoch
    }

    fn apply(&mut self, fault: &Global) {
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
                self.epoch += 1;
            }
            Global::StopPongs => self.stop_pongs = true,
            // The server's WebSockets know their sessions, so they end, too.
            Global::Cut | Global::Forget => self.epoch += 1,
            Global::Heal => {}
        }
    }
}

/// A message begins with the text; the target of a request contains it.
fn matches(trigger: Trigger, text: &str, wanted: &str) -> bool {
    match trigger {
        Trigger::Up | Trigger::Down => text.starts_with(wanted),
        _ => text.contains(wanted),
    }
}
