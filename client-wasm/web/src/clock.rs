//! The time: it does not go back, passes while the device sleeps, and ignores a clock that is set.
//!
//! In some browsers `performance.now` stops while the device sleeps. A wall clock that jumps beside it shows sleep, or that it was set:
//! a page that awakes soon after tells which. The npm package has the same rules (`npm/src/clock.ts`).

use std::cell::RefCell;

use super::global;

/// The wall clock jumps if it differs from the other one by more than this many milliseconds.
const JUMP: f64 = 2_000.0;

/// A page hears within this many milliseconds that it awakes.
const AWAKENING: f64 = 30_000.0;

#[derive(Default)]
struct Clock {
    time: f64,
    last: Option<Reading>,
    /// The last jump that may be sleep, and its time.
    jump: f64,
    jumped_at: f64,
}

/// Two clocks, read at once, in milliseconds.
#[derive(Clone, Copy)]
struct Reading {
    ticks: f64,
    wall: f64,
}

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::default();
}

/// The milliseconds since an origin.
pub fn now() -> u64 {
    let wall = js_sys::Date::now();
    let ticks = global::performance_now().unwrap_or(wall);
    // The cast drops the fraction.
    CLOCK.with_borrow_mut(|clock| clock.read(Reading { ticks, wall })) as u64
}

/// The milliseconds since 1970.
pub fn unix_millis() -> u64 {
    js_sys::Date::now() as u64
}

/// The page awakes: a jump of the wall clock just before was sleep.
pub(super) fn awake() {
    now();
    CLOCK.with_borrow_mut(Clock::awake);
}

impl Clock {
    fn read(&mut self, now: Reading) -> f64 {
        if let Some(last) = self.last.replace(now) {
            let elapsed = (now.ticks - last.ticks).max(0.0);
            self.time += elapsed;
            let jump = now.wall - last.wall - elapsed;
            if jump > JUMP {
                self.jump = jump;
                self.jumped_at = self.time;
            }
        }
        self.time
    }

    fn awake(&mut self) {
        if self.time - self.jumped_at < AWAKENING {
            self.time += self.jump;
        }
        self.jump = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(clock: &mut Clock, ticks: f64, wall: f64) -> f64 {
        let last = clock.last.unwrap_or(Reading {
            ticks: 0.0,
            wall: 0.0,
        });
        clock.read(Reading {
            ticks: last.ticks + ticks,
            wall: last.wall + wall,
        })
    }

    #[test]
    fn sleep_counts_when_the_page_awakes_and_a_clock_that_is_set_does_not() {
        let mut clock = Clock::default();
        after(&mut clock, 0.0, 0.0);
        assert_eq!(after(&mut clock, 100.0, 100.0), 100.0);
        assert_eq!(after(&mut clock, 10.0, 600_010.0), 110.0);
        clock.awake();
        assert_eq!(after(&mut clock, 0.0, 0.0), 600_110.0);
        after(&mut clock, 0.0, 600_000.0);
        after(&mut clock, AWAKENING, AWAKENING);
        clock.awake();
        assert_eq!(after(&mut clock, 0.0, 0.0), 630_110.0, "no page awoke");
        assert_eq!(after(&mut clock, 0.0, -600_000.0), 630_110.0, "set back");
    }
}
