//! The generator's own health: how late its timers ran, and its CPU.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Wall, SystemTime};

use tokio::time::{Instant, sleep_until};

use super::process;
use crate::stats::Latency;

/// The gap between two ticks.
const TICK: Duration = Duration::from_millis(10);
/// A wall clock that moves this much beside the steady one was set.
const STEP: Duration = Duration::from_secs(2);

/// The generator's own health in a run.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// How late a timer ran.
    pub lag: Latency,
    /// The CPU time of the run.
    pub cpu_time: Duration,
    /// The highest use of a second: 1 is one core.
    pub cpu_peak: f64,
    /// The most resident memory seen, in bytes; zero if it is unknown.
    pub resident_peak: u64,
    /// How often the wall clock was set. Latencies do not depend on it.
    pub clock_steps: u64,
}

/// Measures the generator.
#[derive(Debug)]
pub(crate) struct Watch {
    lag: Arc<Mutex<Latency>>,
    health: Health,
    begun_cpu: Duration,
    last_cpu: Duration,
    last: Wall,
    last_wall: SystemTime,
    ticking: tokio::task::JoinHandle<()>,
}

impl Watch {
    pub(crate) fn start() -> Watch {
        let lag = Arc::<Mutex<Latency>>::default();
        let cpu = process::cpu_time();
        Watch {
            ticking: tokio::spawn(tick(lag.clone())),
            lag,
            health: Health::default(),
            begun_cpu: cpu,
            last_cpu: cpu,
            last: Wall::now(),
            last_wall: SystemTime::now(),
        }
    }

    /// Ends an interval; returns its longest lag and its CPU.
    pub(crate) fn cut(&mut self) -> (Duration, f64) {
        let lag = {
            let mut lag = lock(&self.lag);
            let longest = lag.max();
            self.health.lag.add(&lag);
            lag.clear();
            longest
        };
        let (now, cpu) = (Wall::now(), process::cpu_time());
        let length = now.duration_since(self.last);
        let used = cpu.saturating_sub(self.last_cpu).as_secs_f64() / length.as_secs_f64().max(1e-3);
        self.notice_step(length, SystemTime::now());
        (self.last, self.last_cpu) = (now, cpu);
        self.health.cpu_time = cpu.saturating_sub(self.begun_cpu);
        // A part of a second says little.
        if length > Duration::from_millis(500) {
            self.health.cpu_peak = self.health.cpu_peak.max(used);
        }
        let resident = process::resident_bytes().unwrap_or_default();
        self.health.resident_peak = self.health.resident_peak.max(resident);
        (lag, used)
    }

    /// Compares the wall clock's time with the length of the interval. A clock that was set back has moved by nothing.
    fn notice_step(&mut self, length: Duration, now: SystemTime) {
        let moved = now.duration_since(self.last_wall).unwrap_or_default();
        let was_set = now < self.last_wall || moved.abs_diff(length) > STEP;
        self.health.clock_steps += u64::from(was_set);
        self.last_wall = now;
    }

    pub(crate) fn health(&self) -> &Health {
        &self.health
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ticking.abort();
    }
}

async fn tick(lag: Arc<Mutex<Latency>>) {
    let mut next = Instant::now();
    loop {
        next += TICK;
        sleep_until(next).await;
        let now = Instant::now();
        lock(&lag).record(now.saturating_duration_since(next));
        // One long pause is one lag, not a hundred.
        next = next.max(now - TICK);
    }
}

fn lock(lag: &Mutex<Latency>) -> MutexGuard<'_, Latency> {
    lag.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_set_is_noticed_in_both_directions() {
        let mut watch = Watch::start();
        let second = Duration::from_secs(1);
        let mut wall = watch.last_wall;
        for (moved, steps) in [
            (0.9, 0),
            (1.8, 0),
            (2.9, 0),
            (3_600.0, 1),
            (1.0, 1),
            (-7_200.0, 2),
            (1.0, 2),
            (-0.5, 3),
        ] {
            wall = match moved < 0.0 {
                true => wall - Duration::from_secs_f64(-moved),
                false => wall + Duration::from_secs_f64(moved),
            };
            watch.notice_step(second, wall);
            assert_eq!(watch.health.clock_steps, steps, "{moved}");
        }
    }
}
