//! A stopped clock, for tests that show an absence without waiting.
//!
//! While tokio's clock is stopped, time moves to the next timer as soon as no task can run and no socket is ready. Time
//! that passes is therefore proof that client and test have nothing left to do, on a slow machine too, and it passes at
//! once. This needs a runtime of one thread ([`run_on_one_thread`](super::run_on_one_thread)) and a server in the test.

use std::future::Future;
use std::time::Duration;

/// Hundreds of times the pauses of a [`Scripted`](super::scripted::Scripted) server's clients, and less than a heartbeat.
const SPAN: Duration = Duration::from_secs(10);
/// The sockets are polled this often during the span.
const STEPS: u32 = 100;

/// Stops the clock and lets the span pass.
pub(crate) async fn settle() {
    assert!(elapses(SPAN, std::future::pending::<()>()).await.is_none());
}

/// Lets `span` pass on a stopped clock unless `future` ends first; returns its output if it does.
pub(crate) async fn elapses<T>(span: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::pause();
    let passing = async {
        for _ in 0..STEPS {
            tokio::time::sleep(span / STEPS).await;
        }
    };
    let output = tokio::select! {
        biased;
        output = future => Some(output),
        () = passing => None,
    };
    tokio::time::resume();
    output
}
