//! One namespace of a user: emits, acks, waits, and the task that takes its events.

mod acks;
mod exchange;
mod peers;
mod pump;
mod stages;
mod state;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;
use tidewire::{Hint, Message, Socket};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use super::inbox::Found;
use super::shared::{Person, Start};
use super::wording::error_text;
use crate::source::LONGEST;
use crate::stats::{Counter, Kind, Stage};
use peers::Company;
use state::State;

pub use super::inbox::Arrival;

/// The longest wait for the event of a connect.
const COUNTING: Duration = Duration::from_secs(1);

/// A connected namespace of a user. Every action is measured, and an error is counted by its reason.
///
/// The namespace is left when the last handle is dropped. Clones are handles of the same namespace.
#[derive(Clone, Debug)]
pub struct Channel(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    person: Arc<Person>,
    socket: Socket,
    state: Arc<State>,
    pump: JoinHandle<()>,
    /// If the run follows peers.
    company: Option<Company>,
}

impl Channel {
    /// Connects a namespace. `kind` is that of the measured latency.
    pub(super) async fn connect(
        person: &Arc<Person>,
        socket: Socket,
        kind: Kind,
        start: Start,
    ) -> Result<Channel, Failure> {
        let channel = Channel::open(person, socket, kind == Kind::Connect);
        channel.attempt(kind, start).await?;
        Ok(channel)
    }

    fn open(person: &Arc<Person>, socket: Socket, is_first: bool) -> Channel {
        let state = Arc::new(State::new(is_first));
        let follows = person.shared.follows_peers;
        let company = follows.then(|| Company::follow(person, &socket, &state));
        let pump = pump::run(person.clone(), socket.clone(), state.clone());
        Channel(Arc::new(Inner {
            person: person.clone(),
            socket,
            state,
            pump: tokio::spawn(pump),
            company,
        }))
    }

    async fn attempt(&self, kind: Kind, start: Start) -> Result<(), Failure> {
        let Inner { person, socket, .. } = &*self.0;
        let recorder = &person.shared.recorder;
        recorder.count(Counter::Actions, 1);
        self.0.state.is_leaving.store(false, Ordering::Relaxed);
        // The connect has a time limit of its own; this one bounds a server that answers a part of it again and again.
        let limit = person.shared.target.connect_timeout * 3;
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(limit, socket.connect()) => outcome,
            () = person.stop.wait() => {
                recorder.count(Counter::ConnectsCutOff, 1);
                return Err(Failure::stop());
            }
        };
        match outcome {
            Ok(Ok(())) => {
                self.record(kind, "", start, Instant::now());
                // Its event is on the way, unless the connection was lost again.
                let _ = tokio::time::timeout(COUNTING, self.0.state.count_connect()).await;
                person.shared.note_engine_version(socket.engine_version());
                if kind == Kind::Connect {
                    let stages = socket.client().metrics().stages;
                    stages::record(recorder, stages::CONNECT, &stages);
                }
                Ok(())
            }
            Ok(Err(error)) => {
                let text = error_text(&error);
                Err(Failure::counted(recorder, Stage::Connect, text))
            }
            Err(_) => {
                let text = format!("not connected within {limit:?}");
                Err(Failure::counted(recorder, Stage::Connect, text))
            }
        }
    }

    /// Measures an action that ended at `end`, which is also the intended start of the next one.
    fn record(&self, kind: Kind, label: &str, start: Start, end: Instant) {
        record(&self.0.person, kind, label, start, end);
        self.0.person.intend(end);
    }

    /// Emits an event. `args` are as for [`tidewire::Socket::emit`].
    ///
    /// # Errors
    /// If the namespace is disconnected, or the arguments cannot be encoded.
    pub async fn emit(&self, name: &str, args: impl Serialize) -> Result<(), Failure> {
        let bytes = json_bytes(&args);
        self.emit_sized(name, args, bytes).await
    }

    /// Emits an event whose arguments have this many bytes.
    pub(crate) async fn emit_sized(
        &self,
        name: &str,
        args: impl Serialize,
        bytes: u64,
    ) -> Result<(), Failure> {
        let Inner { person, socket, .. } = &*self.0;
        self.check_connected(name)?;
        self.count_emit(bytes);
        let sent = socket.emit(name, args).await;
        person.intend(Instant::now());
        sent.map_err(|error| {
            let text = error_text(&error);
            Failure::counted(&person.shared.recorder, Stage::Emit, text)
        })
    }

    /// Waits for an event, up to the time limit of the target. One that arrived before and was not read counts.
    ///
    /// # Errors
    /// If it does not come in time, or the namespace ends.
    pub async fn wait(&self, name: &str) -> Result<Message, Failure> {
        let timeout = self.0.person.shared.target.ack_timeout;
        let start = self.0.person.begin();
        let arrival = self.wait_for(name, timeout, start, |_| true).await?;
        Ok(arrival.message)
    }

    /// Waits for an event that `wanted` accepts, and measures the time from `start` on.
    pub(crate) async fn wait_for(
        &self,
        name: &str,
        timeout: Duration,
        start: Start,
        mut wanted: impl FnMut(&Message) -> bool,
    ) -> Result<Arrival, Failure> {
        let Inner { person, state, .. } = &*self.0;
        let recorder = &person.shared.recorder;
        recorder.count(Counter::Actions, 1);
        let deadline = Instant::now() + timeout.min(LONGEST);
        loop {
            match state.inbox.take(name, &mut wanted) {
                Found::Event(arrival) => {
                    // An event that was there before has no latency.
                    self.record(Kind::Wait, name, start, arrival.at.max(start.at));
                    return Ok(arrival);
                }
                Found::Ended(reason) => {
                    let text = format!("no event `{name}`: {reason}");
                    return Err(Failure::counted(recorder, Stage::Wait, text));
                }
                Found::NotYet => {}
            }
            tokio::select! {
                changed = timeout_at(deadline, state.inbox.changed()) => if changed.is_err() {
                    let text = format!("no event `{name}` within {timeout:?}");
                    return Err(Failure::counted(recorder, Stage::Wait, text));
                },
                () = person.stop.wait() => return Err(Failure::stop()),
            }
        }
    }

    /// Disconnects the namespace; [`Channel::connect_again`] returns.
    pub async fn disconnect(&self) {
        self.expect_loss();
        self.0.socket.disconnect().await;
        self.0.state.inbox.clear();
        self.0.person.intend(Instant::now());
    }

    /// Connects the namespace again after [`Channel::disconnect`] or [`Channel::leave_network`].
    ///
    /// # Errors
    /// As [`User::connect`](super::User::connect).
    pub async fn connect_again(&self) -> Result<(), Failure> {
        let person = &self.0.person;
        let _permit = tokio::select! {
            permit = person.shared.connecting.acquire() => permit,
            () = person.stop.wait() => return Err(Failure::stop()),
        };
        let start = person.begin();
        self.0.socket.client().hint(Hint::Online);
        self.attempt(Kind::Connect, start).await
    }

    /// Drops the connection without a close packet of Socket.IO, Engine.IO or WebSocket, as a client that crashes.
    ///
    /// The user's other namespaces on the connection are lost with it, and reconnect unless they are dropped, too.
    pub async fn leave_network(&self) {
        self.expect_loss();
        self.0.socket.client().hint(Hint::Offline);
        self.0.socket.disconnect().await;
        self.0.state.inbox.clear();
        self.0.person.intend(Instant::now());
    }

    /// A disconnect from now on is the user's own doing.
    pub(crate) fn expect_loss(&self) {
        self.0.state.is_leaving.store(true, Ordering::Relaxed);
    }

    /// The namespace's socket, for anything that this type does not measure.
    pub fn socket(&self) -> &Socket {
        &self.0.socket
    }

    fn check_connected(&self, name: &str) -> Result<(), Failure> {
        let recorder = &self.0.person.shared.recorder;
        recorder.count(Counter::Actions, 1);
        if self.0.socket.is_connected() {
            return Ok(());
        }
        let text = format!("`{name}` was not sent: the namespace is disconnected");
        Err(Failure::counted(recorder, Stage::Emit, text))
    }

    fn count_emit(&self, bytes: u64) {
        let recorder = &self.0.person.shared.recorder;
        recorder.count(Counter::Emitted, 1);
        recorder.count(Counter::BytesOut, bytes);
    }
}

fn record(person: &Person, kind: Kind, label: &str, start: Start, end: Instant) {
    let service = end.saturating_duration_since(start.at);
    let response = end.saturating_duration_since(start.intended);
    let recorder = &person.shared.recorder;
    recorder.record(kind, &label.into(), service, response);
}

/// The length of arguments as JSON.
fn json_bytes(args: &impl Serialize) -> u64 {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Arguments that are not JSON fail when they are emitted.
    let _ = serde_json::to_writer(&mut count, args);
    count.0
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.state.is_leaving.store(true, Ordering::Relaxed);
        self.pump.abort();
        if self.state.is_first && self.state.note_end() {
            self.person.shared.recorder.connections(-1);
        }
    }
}
