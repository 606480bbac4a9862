//! The requests to end the program: Ctrl-C, and on Unix SIGTERM, with which containers and services are stopped, and SIGHUP of a
//! closed terminal.

use std::future::pending;
use std::thread;

use tokio::sync::watch;

use super::{console, exit, live};

/// The request after which the program does not wait for anything, such as a file that cannot be written.
const LAST: u32 = 3;

/// The error of a request before the run.
pub(super) const BEFORE_THE_RUN: &str = "interrupted before the run";

/// The requests to end the program.
#[derive(Debug)]
pub(crate) struct Interrupts {
    calls: watch::Receiver<u32>,
    taken: u32,
}

impl Interrupts {
    /// Listens from now on. Without the means for it, a request ends the process.
    ///
    /// A thread of its own listens, so that no user can hold it up.
    pub(crate) fn listen() -> Interrupts {
        let (counter, calls) = watch::channel(0);
        // Without the thread, the channel is closed.
        let _ = thread::Builder::new()
            .name("interrupts".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                if let Ok(runtime) = runtime {
                    runtime.block_on(count(counter));
                }
            });
        Interrupts { calls, taken: 0 }
    }

    /// Waits for the next request. Two that come together are two.
    pub(crate) async fn next(&mut self) {
        let taken = self.taken;
        if self.calls.wait_for(|calls| *calls > taken).await.is_err() {
            pending::<()>().await;
        }
        self.taken += 1;
    }
}

async fn count(calls: watch::Sender<u32>) {
    let Ok(mut signals) = Signals::new() else {
        return;
    };
    while signals.next().await.is_some() {
        calls.send_modify(|calls| *calls += 1);
        if *calls.borrow() >= LAST {
            live::restore();
            console::flush_briefly();
            std::process::exit(exit::INTERRUPTED.into());
        }
    }
}

/// One listener for all requests: one that is made anew misses those that come meanwhile.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Until the first one: as a terminal closes, the system and the shell send several, which are one request.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = (!super::hangup::is_ignored()).then(|| signal(SignalKind::hangup()));
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: hangup.transpose()?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.terminate.recv() => signal,
            signal = first(&mut self.hangup) => signal,
        }
    }
}

#[cfg(unix)]
async fn first(hangup: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    let Some(signal) = hangup else {
        return pending().await;
    };
    let received = signal.recv().await;
    // Further ones have no effect: the process keeps its handler.
    *hangup = None;
    received
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
