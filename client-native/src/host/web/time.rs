//! Time in the browser, with the names that tokio has.

use std::future::Future;
use std::ops::Add;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use tidewire_core::Time;
use tidewire_web::{Timer, now};

/// A time of the page, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(u64);

impl Instant {
    pub(crate) fn now() -> Instant {
        Instant(now())
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, span: Duration) -> Instant {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_add(millis))
    }
}

/// The time since then.
pub(crate) fn since(start: Instant) -> Duration {
    Duration::from_millis(now().saturating_sub(start.0))
}

/// The clock of one connection, which counts the time for which the device sleeps.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock {
            start: Instant::now(),
        }
    }

    /// Returns the time since the start of the connection.
    pub(crate) fn now(&mut self) -> Time {
        Time::from_millis(now().saturating_sub(self.start.0))
    }

    /// Returns when the page's clock reaches a time.
    pub(crate) fn instant(&self, time: Time) -> Instant {
        self.start + Duration::from_millis(time.as_millis())
    }
}

/// A timer.
pub(crate) struct Sleep(Timer);

impl Sleep {
    pub(crate) fn deadline(&self) -> Instant {
        Instant(self.0.due())
    }

    pub(crate) fn reset(mut self: Pin<&mut Self>, at: Instant) {
        self.0.reset(at.0);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

pub(crate) fn sleep_until(at: Instant) -> Sleep {
    Sleep(Timer::new(at.0))
}

pub(crate) fn sleep(span: Duration) -> Sleep {
    sleep_until(Instant::now() + span)
}

/// The time of a future is over.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Limits the time of a future.
pub(crate) async fn timeout<F: Future>(span: Duration, future: F) -> Result<F::Output, Elapsed> {
    match select(pin!(future), sleep(span)).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(((), _)) => Err(Elapsed),
    }
}
