//! Tasks in the event loop. A task that an event of the browser wakes runs before that event ends.
//!
//! The tasks of wasm-bindgen-futures run in microtasks, one for each wake, and Chromium takes microseconds for each.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

type BoxFuture = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static TASKS: Tasks = Tasks::new();
}

/// Starts a task. It runs when the caller has returned to the event loop.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    if cfg!(target_feature = "atomics") {
        // A waker may be called in another thread, which has other tasks.
        return wasm_bindgen_futures::spawn_local(future);
    }
    TASKS.with(|tasks| tasks.spawn(Box::pin(future)));
}

/// Wakes a task in an event of the browser, and runs all tasks that are awake.
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        TASKS.with(|tasks| tasks.run_with(waker));
    }
}

/// Keeps the waker of the current task, instead of the one before.
pub(super) fn keep(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
}

struct Tasks {
    /// By place. `None` if the task is being polled, has panicked or has ended.
    futures: RefCell<Vec<Option<BoxFuture>>>,
    /// The places of tasks that have ended.
    free: RefCell<Vec<usize>>,
    awake: RefCell<VecDeque<Arc<Task>>>,
    /// The waker that the current event calls.
    heard: Cell<Option<Waker>>,
    /// Whether a microtask is to come.
    is_scheduled: Cell<bool>,
    is_running: Cell<bool>,
    resolved: Promise,
    microtask: Closure<dyn FnMut(JsValue)>,
    /// Called by JavaScript, which catches a panic: it ends one task, and the others go on.
    turn: Closure<dyn Fn()>,
}

impl Tasks {
    fn new() -> Tasks {
        Tasks {
            futures: RefCell::default(),
            free: RefCell::default(),
            awake: RefCell::default(),
            heard: Cell::default(),
            is_scheduled: Cell::new(false),
            is_running: Cell::new(false),
            resolved: Promise::resolve(&JsValue::UNDEFINED),
            microtask: Closure::wrap_aborting(Box::new(|_| {
                TASKS.with(|tasks| {
                    tasks.is_scheduled.set(false);
                    tasks.run();
                });
            })),
            turn: Closure::wrap_aborting(Box::new(|| TASKS.with(Tasks::turn))),
        }
    }

    fn spawn(&self, future: BoxFuture) {
        let free = self.free.borrow_mut().pop();
        let place = free.unwrap_or_else(|| {
            let mut futures = self.futures.borrow_mut();
            futures.push(None);
            futures.len() - 1
        });
        self.put(place, future);
        self.add(Arc::new(Task {
            place,
            is_awake: AtomicBool::new(true),
        }));
    }

    fn put(&self, place: usize, future: BoxFuture) {
        if let Some(empty) = self.futures.borrow_mut().get_mut(place) {
            *empty = Some(future);
        }
    }

    fn take(&self, place: usize) -> Option<BoxFuture> {
        self.futures.borrow_mut().get_mut(place)?.take()
    }

    /// Adds a task that was woken.
    fn add(&self, task: Arc<Task>) {
        self.awake.borrow_mut().push_back(task);
        if !self.is_running.get() {
            self.schedule();
        }
    }

    fn schedule(&self) {
        if !self.is_scheduled.replace(true) {
            // In Chromium that of `queueMicrotask` takes longer: it is a function of the page, and not of the engine.
            let _ = self.resolved.then(&self.microtask);
        }
    }

    fn run_with(&self, heard: Waker) {
        if self.is_running.get() {
            // A task has dispatched the event.
            heard.wake();
        } else {
            self.heard.set(Some(heard));
            self.run();
        }
    }

    fn run(&self) {
        self.is_running.set(true);
        let turn: &Function = self.turn.as_ref().unchecked_ref();
        let ended: Result<JsValue, JsValue> = turn.call0(&JsValue::UNDEFINED);
        self.is_running.set(false);
        if let Err(panicked) = ended {
            self.schedule();
            wasm_bindgen::throw_val(panicked);
        }
    }

    fn turn(&self) {
        if let Some(heard) = self.heard.take() {
            heard.wake();
        }
        while let Some(task) = self.next() {
            self.poll(&task);
        }
    }

    fn next(&self) -> Option<Arc<Task>> {
        self.awake.borrow_mut().pop_front()
    }

    fn poll(&self, task: &Arc<Task>) {
        task.is_awake.store(false, Ordering::Relaxed);
        // One that has ended may be woken. If another has its place, that is polled for nothing.
        let Some(mut future) = self.take(task.place) else {
            return;
        };
        let waker = Waker::from(task.clone());
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => self.put(task.place, future),
            Poll::Ready(()) => self.free.borrow_mut().push(task.place),
        }
    }
}

struct Task {
    place: usize,
    is_awake: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_awake.swap(true, Ordering::Relaxed) {
            TASKS.with(|tasks| tasks.add(self.clone()));
        }
    }
}
