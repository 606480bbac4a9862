//! The requests to end the program: Ctrl-C, and SIGTERM on Unix, with which containers and services are stopped.

use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use super::{exit, live};

/// The request after which the program does not wait for anything, such as a file that cannot be written.
const LAST: u32 = 3;
/// The time that the terminal has to take its screen back.
const MOST_RESTORING: Duration = Duration::from_millis(200);

/// The error of a request before the run.
pub(super) const BEFORE_THE_RUN: &str = "interrupted before the run";

/// The requests to end the program.
#[derive(Debug)]
pub(crate) struct Interrupts(watch::Receiver<u32>);

impl Interrupts {
    /// Listens from now on. Without the means for it, a request ends the process.
    ///
    /// A thread of its own listens, so that no user can hold it up.
    pub(crate) fn listen() -> Interrupts {
        let (calls, seen) = watch::channel(0);
        // Without the thread, the channel is closed.
        let _ = thread::Builder::new()
            .name("interrupts".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                if let Ok(runtime) = runtime {
                    runtime.block_on(count(calls));
                }
            });
        Interrupts(seen)
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            pending::<()>().await;
        }
    }
}

async fn count(calls: watch::Sender<u32>) {
    let Ok(mut signals) = Signals::new() else {
        return;
    };
    while signals.next().await.is_some() {
        calls.send_modify(|calls| *calls += 1);
        if *calls.borrow() >= LAST {
            restore_screen();
            std::process::exit(exit::INTERRUPTED.into());
        }
    }
}

/// Gives the screen back on a thread of its own: a terminal or a pipe that takes no more text must not hold up the end.
fn restore_screen() {
    let (done, restored) = mpsc::channel();
    let restoring = thread::Builder::new().spawn(move || {
        live::restore();
        // An error means that the time has passed.
        let _ = done.send(());
    });
    if restoring.is_ok() {
        let _ = restored.recv_timeout(MOST_RESTORING);
    }
}

/// One listener for all requests: one that is made anew misses those that come meanwhile.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.terminate.recv() => signal,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}
