//! A timer of the browser, as a future.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::{clock, global, tasks};

/// The longest delay of one `setTimeout` in milliseconds. A longer one would fire at once.
const LONGEST: u64 = 1 << 30;

/// Ready once [`now`](super::now) has reached a time. A page in the background may hear of it a minute late.
pub struct Timer {
    due: u64,
    scheduled: Rc<RefCell<Scheduled>>,
    closure: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Scheduled {
    /// The id of the browser's timer, and when it fires.
    timer: Option<(JsValue, u64)>,
    waker: Option<Waker>,
}

impl Timer {
    /// Creates a timer for a time of [`now`](super::now), in milliseconds.
    pub fn new(due: u64) -> Timer {
        let scheduled = Rc::<RefCell<Scheduled>>::default();
        let fired = scheduled.clone();
        Timer {
            due,
            scheduled,
            closure: Closure::wrap_aborting(Box::new(move || {
                let waker = {
                    let mut fired = fired.borrow_mut();
                    fired.timer = None;
                    fired.waker.take()
                };
                tasks::wake(waker);
            })),
        }
    }

    /// The time at which it is ready.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// Changes that time.
    pub fn reset(&mut self, due: u64) {
        self.due = due;
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut scheduled = self.scheduled.borrow_mut();
        // One that fires before is polled again then: deadlines move away more often than they come closer.
        let fires_in_time = |(_, at): &(JsValue, u64)| *at <= self.due;
        if !scheduled.timer.as_ref().is_some_and(fires_in_time) {
            let now = clock::now();
            if now >= self.due {
                return Poll::Ready(());
            }
            if let Some((id, _)) = scheduled.timer.take() {
                global::clear_timeout(&id);
            }
            let delay = (self.due - now).min(LONGEST);
            let id = global::set_timeout(
                self.closure.as_ref(),
                u32::try_from(delay).unwrap_or(u32::MAX),
            );
            scheduled.timer = Some((id, now + delay));
        }
        tasks::keep(&mut scheduled.waker, cx);
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((id, _)) = self.scheduled.borrow_mut().timer.take() {
            global::clear_timeout(&id);
        }
    }
}
