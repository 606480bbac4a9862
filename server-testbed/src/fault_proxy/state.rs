//! The state of the proxy: the faults of all connections, its rules, and the statements that wait for their time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::lexer::ScriptError;
use super::rules::Rules;
use super::settings::Settings;
use super::statement::{Direction, Fault, Global, Script, Statement, Trigger};

/// Rules of all scripts.
const MOST_RULES: usize = 10_000;
/// Statements that wait for their time.
const MOST_WAITING: usize = 10_000;

#[derive(Debug)]
pub(super) struct State {
    servers: Vec<SocketAddr>,
    settings: watch::Sender<Settings>,
    rules: Mutex<Rules>,
    /// One permit for each statement that may wait.
    waiting: Arc<Semaphore>,
    faults: AtomicU64,
}

/// A statement that waits for its time.
struct Waiting {
    after: Duration,
    fault: Global,
    number: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

impl State {
    pub(super) fn new(servers: Vec<SocketAddr>) -> Self {
        Self {
            servers,
            settings: watch::Sender::default(),
            rules: Mutex::default(),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            faults: AtomicU64::new(0),
        }
    }

    /// Returns the addresses of the server, in the order in which they are tried.
    pub(super) fn servers(&self) -> &[SocketAddr] {
        &self.servers
    }

    pub(super) fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.subscribe()
    }

    pub(super) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    pub(super) fn stops_pongs(&self) -> bool {
        self.settings.borrow().stop_pongs
    }

    /// Returns whether a fault may meet a request.
    pub(super) fn watches_requests(&self) -> bool {
        self.rules().meet_requests()
    }

    /// Returns whether a fault may meet a message.
    pub(super) fn watches_messages(&self, direction: Direction) -> bool {
        self.stops_pongs() || self.rules().meet_messages(direction)
    }

    /// Carries out a script. Statements with a time need a runtime.
    ///
    /// # Errors
    /// There are too many statements; then nothing of the script happens.
    pub(super) fn add(self: &Arc<Self>, script: Script) -> Result<(), ScriptError> {
        let mut rules = self.rules();
        let mut permits = self.check_room(&rules, &script)?;
        let mut waiting = Vec::new();
        for (_, statement) in script.statements {
            let number = rules.number_statement();
            match statement {
                Statement::Rule(rule) => rules.push(rule),
                Statement::Global { after, fault } if after.is_zero() => {
                    self.apply(&mut rules, &fault, number);
                }
                Statement::Global { after, fault } => waiting.push(Waiting {
                    after,
                    fault,
                    number,
                    _permit: permits.pop(),
                }),
            }
        }
        if !waiting.is_empty() {
            waiting.sort_by_key(|waiting| waiting.after);
            let state = Arc::downgrade(self);
            tokio::spawn(apply_later(state, self.settings(), waiting));
        }
        Ok(())
    }

    /// Returns a permit for each statement that waits.
    fn check_room(
        &self,
        rules: &Rules,
        script: &Script,
    ) -> Result<Vec<OwnedSemaphorePermit>, ScriptError> {
        let mut count = rules.len();
        let mut permits = Vec::new();
        for (place, statement) in &script.statements {
            match statement {
                Statement::Rule(_) if count < MOST_RULES => count += 1,
                Statement::Rule(_) => {
                    return Err(place.error(format!(
                        "there are {MOST_RULES} rules already: write heal first"
                    )));
                }
                Statement::Global { after, fault } if after.is_zero() => {
                    if *fault == Global::Heal {
                        count = 0;
                    }
                }
                Statement::Global { .. } => {
                    let permit = Arc::clone(&self.waiting).try_acquire_owned();
                    permits.push(permit.map_err(|_| {
                        place.error(format!(
                            "{MOST_WAITING} statements wait already: write heal first"
                        ))
                    })?);
                }
            }
        }
        Ok(permits)
    }

    /// Counts an occurrence, and returns the fault of the first rule that it meets. Without a text, it meets rules without one.
    pub(super) fn meet(&self, triggers: &[Trigger], text: Option<&[u8]>) -> Option<Fault> {
        let met = self.rules().meet(triggers, text);
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
        self.rules().sessions.meet(session)
    }

    /// Waits for the next `heal`, or the end of the proxy.
    pub(super) async fn until_healed(&self) {
        let mut settings = self.settings();
        let before = settings.borrow().healed;
        // An error means that the proxy has gone.
        let _ = settings
            .wait_for(|settings| settings.healed != before)
            .await;
    }

    /// Cuts all connections for good.
    pub(super) fn stop(&self) {
        self.settings.send_modify(Settings::stop);
    }

    fn apply(&self, rules: &mut Rules, fault: &Global, number: u64) {
        tracing::info!(?fault, "fault of all connections");
        match fault {
            Global::Heal => rules.clear(),
            Global::Forget => {
                rules.sessions.forget();
                self.count();
            }
            _ => self.count(),
        }
        self.settings
            .send_modify(|settings| settings.apply(fault, number));
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // No code leaves the rules half changed.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries out statements when their time has come, unless a `heal` after them takes them back.
///
/// One after the other: on a busy machine the times of several may have passed, and their order still holds.
async fn apply_later(
    state: Weak<State>,
    mut settings: watch::Receiver<Settings>,
    waiting: Vec<Waiting>,
) {
    let begin = Instant::now();
    for statement in waiting {
        let number = statement.number;
        tokio::select! {
            biased;
            // An error means that the proxy has gone.
            _ = settings.wait_for(|settings| settings.is_taken_back(number)) => continue,
            () = tokio::time::sleep_until(begin + statement.after) => {}
        }
        let Some(state) = state.upgrade() else { return };
        let mut rules = state.rules();
        if !settings.borrow().is_taken_back(number) {
            state.apply(&mut rules, &statement.fault, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> Arc<State> {
        Arc::new(State::new(Vec::new()))
    }

    fn run(state: &Arc<State>, text: &str) -> Result<(), String> {
        let script = Script::parse(text).map_err(|error| error.to_string())?;
        state.add(script).map_err(|error| error.to_string())
    }

    async fn wait(milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn heal_takes_back_waiting_statements() {
        let state = state();
        run(&state, "after 100: refuse\nafter 3600000: cut").unwrap();
        run(&state, "heal").unwrap();
        wait(200).await;
        assert!(!state.settings.borrow().refuse);
        assert_eq!(state.waiting.available_permits(), MOST_WAITING);
    }

    #[tokio::test(start_paused = true)]
    async fn a_script_has_faults_again_after_its_own_heal() {
        let state = state();
        let text = "after 100: refuse\nafter 200: heal\nafter 300: refuse\nafter 400: heal";
        run(&state, text).unwrap();
        wait(50).await;
        for refuses in [false, true, false, true, false] {
            assert_eq!(state.settings.borrow().refuse, refuses);
            wait(100).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn statements_keep_their_order_if_all_their_times_have_passed() {
        let state = state();
        run(&state, "after 200: heal\nafter 30: refuse").unwrap();
        tokio::task::yield_now().await;
        let mut settings = state.settings();
        let epoch = settings.borrow().epoch;
        tokio::time::advance(Duration::from_secs(1)).await;
        let healed = settings.wait_for(|settings| settings.healed > 0);
        let healed = healed.await.unwrap().clone();
        assert!(healed.is_over(epoch) && !healed.refuse);
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_statements_are_a_mistake_and_nothing_happens() {
        let state = state();
        let many = "on message up: drop\n".repeat(MOST_RULES);
        let text = format!("stall up\n{many}on message up: drop");
        assert_eq!(
            run(&state, &text),
            Err("line 10002, column 1: there are 10000 rules already: write heal first".to_owned())
        );
        assert!(
            !state.settings.borrow().stalls(Direction::Up)
                && !state.watches_messages(Direction::Up)
        );
        run(&state, &many).unwrap();
        assert!(
            run(&state, "  on message up: drop")
                .unwrap_err()
                .starts_with("line 1, column 3: there are")
        );
        run(&state, "heal\non message up: drop").unwrap();

        run(&state, &"after 5000: cut\n".repeat(MOST_WAITING)).unwrap();
        assert!(
            run(&state, "after 1: cut")
                .unwrap_err()
                .contains("wait already")
        );
        run(&state, "heal").unwrap();
        wait(1).await;
        run(&state, "after 1: cut").unwrap();
    }
}
